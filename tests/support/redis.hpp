#pragma once

#include "polystore/redis/connection.hpp"

#include "support/servers.hpp"

#include <chrono>
#include <memory>

namespace polystore::test {

inline redis::ConnectOptions redis_options() {
  return redis::ConnectOptions::from_url(require_server("REDIS_URL"), "url");
}

inline Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

inline std::unique_ptr<redis::Connection> connect_redis() {
  return redis::Connection::connect(redis_options(), soon());
}

}  // namespace polystore::test
