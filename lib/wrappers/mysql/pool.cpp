#include "polystore/mysql/pool.hpp"

#include <utility>

namespace polystore::mysql {

ConnectionPool make_pool(ConnectOptions options) {
  const PoolOptions bounds{.max_size = options.pool_size};
  return ConnectionPool(
      bounds,
      [options = std::move(options)](Deadline deadline) {
        return Connection::connect(options, deadline);
      },
      [](Connection& connection) { return connection.healthy(); });
}

}  // namespace polystore::mysql
