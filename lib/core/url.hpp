#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::detail {

struct Endpoint {
  std::string host;                   ///< Without the brackets of an IPv6 address.
  std::optional<std::uint16_t> port;  ///< Absent: the scheme's default.

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// scheme://[user[:password]@]host[:port][,host[:port]…][/path][?option=value[&…]]
/// with every part percent-decoded. Holds secrets: never print it.
struct Url {
  std::string scheme;
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::vector<Endpoint> endpoints;
  std::string path;                                          ///< Without the leading slash.
  std::vector<std::pair<std::string, std::string>> options;  ///< In order, names unique.

  /// The value of an option, or nothing.
  [[nodiscard]] POLYSTORE_EXPORT std::optional<std::string> option(std::string_view name) const;
};

/// The text before the first ':', lower case; empty if there is none. Never throws.
POLYSTORE_EXPORT std::string scheme_of(std::string_view url);

/// Parses `text`. Pure. Errors: invalid_argument whose message holds no part of the URL but its
/// scheme and its option names. `field` is what the error names ("metadata", "url", …).
POLYSTORE_EXPORT Url parse_url(std::string_view text, std::string_view field);

/// Throws invalid_argument that names the first option of `url` which is not in `known`. TLS
/// options (tls*, ssl*) get a message of their own: refused until TLS is built, never ignored.
POLYSTORE_EXPORT void refuse_unknown_options(const Url& url, std::string_view field,
                                             const std::vector<std::string_view>& known);

/// Reads an option as a whole number in [low, high]; nothing if the option is absent.
/// Errors: invalid_argument that names the option and the range, not the value.
POLYSTORE_EXPORT std::optional<std::int64_t> integer_option(const Url& url, std::string_view field,
                                                            std::string_view name, std::int64_t low,
                                                            std::int64_t high);

}  // namespace polystore::detail
