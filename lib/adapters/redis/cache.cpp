#include "polystore/redis/pool.hpp"

#include "adapters/redis/factory.hpp"
#include "adapters/redis/health.hpp"

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Command;

class RedisCache : public ports::CachePort {
 public:
  explicit RedisCache(const polystore::redis::ConnectOptions& options)
      : pool_(polystore::redis::make_pool(options)) {}

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
           Deadline deadline) override {
    const std::string milliseconds = std::to_string(ttl.count());
    (void)run({"SET", key, value, "PX", milliseconds}, deadline);
  }

  std::optional<std::string> get(std::string_view key, Deadline deadline) override {
    const auto reply = run({"GET", key}, deadline);
    if (reply.is_nil()) return std::nullopt;
    return std::string(reply.text());
  }

  bool erase(std::string_view key, Deadline deadline) override {
    return run({"UNLINK", key}, deadline).integer() > 0;
  }

  std::vector<HealthCheck> check(Deadline deadline) override {
    return check_health(pool_, deadline);
  }

  void close() noexcept override { pool_.close(); }

 private:
  polystore::redis::Reply run(const Command& command, Deadline deadline) {
    return pool_.acquire(deadline)->command(command, deadline);
  }

  polystore::redis::ConnectionPool pool_;
};

}  // namespace

std::unique_ptr<ports::CachePort> open_responses(std::string_view url) {
  return std::make_unique<RedisCache>(polystore::redis::ConnectOptions::from_url(url, "responses"));
}

}  // namespace polystore::adapters::redis
