#pragma once

#include "polystore/export.hpp"
#include "polystore/redis/endpoint.hpp"
#include "polystore/redis/sentinels.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  /// Who knows where the server is, in place of host and port. Copies share it.
  std::shared_ptr<Sentinels> sentinels{};
  /// Where host and port are a node of a cluster: nodes by which the others are found. A connection
  /// is to the one node, and refused to such where this is empty.
  std::vector<Endpoint> cluster{};

  /// Reads "redis://[[user]:password@]host[:port][/database][?option=value]". Known options:
  /// client_name, pool_size. Or "redis+sentinel://…", also spelt redis-sentinel, which names
  /// sentinels, separated by commas, and has the options master, which is needed, sentinel_user and
  /// sentinel_password; user, password and database are the master's. Or "redis+cluster://…", also
  /// spelt redis-cluster, which names nodes of a cluster; it has no other database than 0. Pure.
  /// Errors: invalid_argument (`field` is what it names); unsupported for rediss:// and TLS
  /// options.
  [[nodiscard]] static POLYSTORE_EXPORT ConnectOptions from_url(std::string_view url_text,
                                                                std::string_view field);
};

}  // namespace polystore::redis
