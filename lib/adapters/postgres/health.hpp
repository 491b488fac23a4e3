#pragma once

#include "polystore/health.hpp"
#include "polystore/postgres/pool.hpp"

#include "adapters/postgres/schema.hpp"

#include <cstddef>
#include <vector>

namespace polystore::adapters::postgres {

/// How the server of a store is, and whether it has the store's tables. Blocks until the deadline
/// at most. Does not throw for what a server does.
std::vector<HealthCheck> check_server(polystore::postgres::ConnectionPool& pool,
                                      std::size_t pool_size, const Schema& schema,
                                      Deadline deadline);

}  // namespace polystore::adapters::postgres
