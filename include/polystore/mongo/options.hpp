#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::mongo {

/// Where a server listens.
struct Host {
  std::string name = "localhost";
  std::uint16_t port = 27017;

  friend bool operator==(const Host&, const Host&) = default;
};

/// How to connect. Holds a secret: never print it.
struct ConnectOptions {
  std::vector<Host> hosts{Host{}};
  std::optional<std::string> user{};  ///< Absent: no authentication.
  std::optional<std::string> password{};
  std::string database{};
  std::optional<std::string> replica_set{};
  std::string auth_source = "admin";
  bool direct_connection = false;  ///< To the one host, whatever its replica set says.
  std::string app_name = "polystore";
  std::size_t pool_size = 8;  ///< 1 to 1000.

  /// Reads "mongodb://[user:password@]host[:port][,…]/database[?option=value]". Known options:
  /// replicaSet, authSource, directConnection, appName, pool_size. Pure.
  /// Errors: invalid_argument (`field` is what it names); unsupported for TLS options.
  [[nodiscard]] static POLYSTORE_EXPORT ConnectOptions from_url(std::string_view url_text,
                                                                std::string_view field);
};

}  // namespace polystore::mongo
