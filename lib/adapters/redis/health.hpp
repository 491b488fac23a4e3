#pragma once

#include "polystore/deadline.hpp"
#include "polystore/health.hpp"
#include "polystore/redis/pool.hpp"

#include <vector>

namespace polystore::adapters::redis {

/// How the server is: as HealthPort::check.
std::vector<HealthCheck> check_health(polystore::redis::ConnectionPool& pool, Deadline deadline);

/// The same of a server that keeps vectors: also whether it may lose what it acknowledged.
std::vector<HealthCheck> check_vector_health(polystore::redis::ConnectionPool& pool,
                                             Deadline deadline);

}  // namespace polystore::adapters::redis
