#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace polystore::redis {

/// How to connect. Holds a secret: never print it.
struct ConnectOptions {
  std::string host = "localhost";
  std::uint16_t port = 6379;
  std::optional<std::string> user{};  ///< Needs a password, and Redis 6 or later.
  std::optional<std::string> password{};
  std::uint16_t database = 0;
  std::string client_name = "polystore";  ///< Shown by CLIENT LIST.
  std::size_t pool_size = 8;              ///< 1 to 1000.

  /// Reads "redis://[[user]:password@]host[:port][/database][?option=value]". Known options:
  /// client_name, pool_size. Pure.
  /// Errors: invalid_argument (`field` is what it names); unsupported for rediss:// and TLS
  /// options.
  [[nodiscard]] static POLYSTORE_EXPORT ConnectOptions from_url(std::string_view url_text,
                                                                std::string_view field);
};

}  // namespace polystore::redis
