#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::mysql {

/// Where a server listens: a host name or address, or, when it begins with '/', the path of its
/// Unix socket.
struct Host {
  std::string name{};
  std::uint16_t port = 3306;

  friend bool operator==(const Host&, const Host&) = default;
};

/// How to connect. Holds a secret: never print it. Neither the environment nor an option file
/// (my.cnf) plays a part.
struct ConnectOptions {
  std::vector<Host> hosts{};  ///< Tried in order; with several, the first that takes writes.
  std::optional<std::string> user{};           ///< Absent: the OS user.
  std::optional<std::string> password{};       ///< Absent: none.
  std::optional<std::string> database{};       ///< Absent: none is chosen.
  std::string application_name = "polystore";  ///< The connection attribute program_name.
  std::size_t pool_size = 8;                   ///< 1 to 1000.

  /// Reads "mysql://user:password@host:port,host2/database?option=value" (also "mariadb://").
  /// Options: application_name, pool_size, socket (the path of a Unix socket, instead of a host).
  /// Pure. Errors: invalid_argument with `field`, unsupported for TLS options; neither shows the
  /// URL.
  [[nodiscard]] POLYSTORE_EXPORT static ConnectOptions from_url(std::string_view url,
                                                                std::string_view field = "url");
};

}  // namespace polystore::mysql
