#pragma once

#include "polystore/export.hpp"
#include "polystore/mongo/client.hpp"
#include "polystore/mongo/options.hpp"
#include "polystore/pool.hpp"

namespace polystore::mongo {

using ClientPool = Pool<Client>;

/// A pool of up to options.pool_size clients. From the first lease on, threads of the driver watch
/// the servers; the driver's log is silenced (log.hpp). Never blocks.
/// Errors: invalid_argument for what libmongoc refuses.
[[nodiscard]] POLYSTORE_EXPORT ClientPool make_pool(const ConnectOptions& options);

}  // namespace polystore::mongo
