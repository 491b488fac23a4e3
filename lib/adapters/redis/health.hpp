#pragma once

#include "polystore/deadline.hpp"
#include "polystore/health.hpp"

#include "adapters/redis/server.hpp"

#include <string_view>
#include <vector>

namespace polystore::adapters::redis {

/// How the server is: as HealthPort::check. Of a cluster: of each check the worst that a master
/// has.
std::vector<HealthCheck> check_health(Server& server, Deadline deadline);

/// The same of the server that may keep vectors, in the hash of that key. When it does: also
/// whether it may lose what it acknowledged.
std::vector<HealthCheck> check_vector_health(Server& server, std::string_view vectors_key,
                                             Deadline deadline);

}  // namespace polystore::adapters::redis
