#include "polystore/redis/pool.hpp"

namespace polystore::redis {

ConnectionPool make_pool(const ConnectOptions& options) {
  return ConnectionPool(
      {.max_size = options.pool_size},
      [options](Deadline deadline) { return Connection::connect(options, deadline); },
      [](Connection& connection) { return connection.healthy(); });
}

}  // namespace polystore::redis
