#pragma once

#include "adapters/redis/server.hpp"
#include "ports/cache_port.hpp"

#include <memory>
#include <utility>

namespace polystore::adapters::redis {

/// Plain responses: plain Redis strings.
class RedisCache : public ports::CachePort {
 public:
  explicit RedisCache(std::shared_ptr<Server> server) : server_(std::move(server)) {}

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
           Deadline deadline) override;
  std::optional<std::string> get(std::string_view key, Deadline deadline) override;
  bool erase(std::string_view key, Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override { server_->close(); }

 private:
  const std::shared_ptr<Server> server_;
};

}  // namespace polystore::adapters::redis
