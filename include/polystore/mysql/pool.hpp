#pragma once

#include "polystore/export.hpp"
#include "polystore/mysql/connection.hpp"
#include "polystore/mysql/options.hpp"
#include "polystore/pool.hpp"

namespace polystore::mysql {

using ConnectionPool = Pool<Connection>;

/// A pool of up to options.pool_size connections. Connects when the first is asked for; one that
/// died while idle is replaced. Errors: invalid_argument when pool_size is out of range.
[[nodiscard]] POLYSTORE_EXPORT ConnectionPool make_pool(ConnectOptions options);

}  // namespace polystore::mysql
