#include "polystore/sqlite/pool.hpp"

namespace polystore::sqlite {

ConnectionPool make_pool(const ConnectOptions& options, std::size_t size) {
  return ConnectionPool(
      {.max_size = size},
      [options](Deadline deadline) { return Connection::open(options, deadline); },
      [](Connection& connection) { return connection.healthy(); });
}

}  // namespace polystore::sqlite
