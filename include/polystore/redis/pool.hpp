#pragma once

#include "polystore/export.hpp"
#include "polystore/pool.hpp"
#include "polystore/redis/connection.hpp"

namespace polystore::redis {

using ConnectionPool = Pool<Connection>;

/// A pool of up to options.pool_size connections. Opens nothing yet.
/// Errors: invalid_argument when pool_size is out of range.
[[nodiscard]] POLYSTORE_EXPORT ConnectionPool make_pool(const ConnectOptions& options);

}  // namespace polystore::redis
