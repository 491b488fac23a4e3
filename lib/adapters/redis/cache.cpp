#include "adapters/redis/cache.hpp"

#include "adapters/redis/health.hpp"

#include <string>

namespace polystore::adapters::redis {

void RedisCache::set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
                     Deadline deadline) {
  const std::string milliseconds = std::to_string(ttl.count());
  (void)server_->run_plain(Access::write, {"SET", key, value, "PX", milliseconds}, deadline);
}

std::optional<std::string> RedisCache::get(std::string_view key, Deadline deadline) {
  const auto reply = server_->run_plain(Access::read, {"GET", key}, deadline);
  if (reply.is_nil()) return std::nullopt;
  return std::string(reply.text());
}

bool RedisCache::erase(std::string_view key, Deadline deadline) {
  return server_->run_plain(Access::write, {"UNLINK", key}, deadline).integer() > 0;
}

std::vector<HealthCheck> RedisCache::check(Deadline deadline) {
  return check_health(*server_, deadline);
}

}  // namespace polystore::adapters::redis
