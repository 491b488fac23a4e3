#pragma once

#include "polystore/deadline.hpp"
#include "polystore/health.hpp"
#include "polystore/redis/pool.hpp"

#include <string_view>
#include <vector>

namespace polystore::adapters::redis {

/// How the server is: as HealthPort::check.
std::vector<HealthCheck> check_health(polystore::redis::ConnectionPool& pool, Deadline deadline);

/// The same of a server that may keep vectors, in the hash of that key. When it does: also whether
/// it may lose what it acknowledged.
std::vector<HealthCheck> check_vector_health(polystore::redis::ConnectionPool& pool,
                                             std::string_view vectors_key, Deadline deadline);

}  // namespace polystore::adapters::redis
