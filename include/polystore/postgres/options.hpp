#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::postgres {

/// Where a server listens: a host name or address, or, when it begins with '/', the directory of
/// its Unix socket.
struct Host {
  std::string name{};
  std::uint16_t port = 5432;

  friend bool operator==(const Host&, const Host&) = default;
};

/// How to connect. Holds a secret: never print it.
struct ConnectOptions {
  std::vector<Host> hosts{};  ///< Tried in order; with several, the first that takes writes.
  std::optional<std::string> user{};      ///< Absent: libpq's default (PGUSER, else the OS user).
  std::optional<std::string> password{};  ///< Absent: libpq's default (PGPASSWORD, ~/.pgpass).
  std::optional<std::string> database{};  ///< Absent: libpq's default (PGDATABASE, else the user).
  std::string application_name = "polystore";
  /// The schemas that unqualified names are looked up in; empty: the server's default. It is sent
  /// when connecting, which pgbouncer must be told to allow.
  std::string search_path{};
  std::size_t pool_size = 8;  ///< 1 to 1000.

  /// Reads "postgresql://user:password@host:port,host2/database?option=value" (also "postgres://").
  /// Options: application_name, host (a Unix socket's directory) with port, pool_size, search_path.
  /// Pure. Errors: invalid_argument with `field`, unsupported for TLS options; neither shows the
  /// URL.
  [[nodiscard]] POLYSTORE_EXPORT static ConnectOptions from_url(std::string_view url,
                                                                std::string_view field = "url");
};

}  // namespace polystore::postgres
