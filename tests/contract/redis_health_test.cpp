#include "adapters/redis/factory.hpp"
#include "contract/health_contract.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

namespace polystore::test {
namespace {

using namespace std::literals;

class RedisHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    return adapters::redis::open_responses(redis_.url(), 500ms).plain;
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::CachePort&>(port).close(); }

 private:
  ScratchRedis redis_;
};

// A user of the server who may do only what `rules` say, for the length of a scope.
class RedisUser {
 public:
  explicit RedisUser(const ScratchRedis& redis, const std::string& rules) : redis_(redis) {
    REQUIRE(redis_.cli("acl setuser polystore_health on '>pass' " + rules) == "OK");
  }
  RedisUser(const RedisUser&) = delete;
  RedisUser& operator=(const RedisUser&) = delete;
  ~RedisUser() { (void)redis_.cli("acl deluser polystore_health"); }

  [[nodiscard]] std::string url() const {
    const std::string url = redis_.url();
    const auto host = url.find("://") + 3;
    return url.substr(0, host) + "polystore_health:pass@" + url.substr(host);
  }

 private:
  const ScratchRedis& redis_;
};

}  // namespace

std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port) {
  return adapters::redis::open_responses("redis://:s3cr3t@127.0.0.1:" + std::to_string(port), 500ms)
      .plain;
}

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<RedisHealth>(); }

TEST_CASE("a Redis user who may not ask for facts is told apart from one who is refused") {
  const ScratchRedis redis;
  {
    const RedisUser user(redis, "~* +@all -info");
    const auto checks =
        adapters::redis::open_responses(user.url(), 500ms).plain->check(Deadline::after(20s));
    CHECK(status_of(checks, "connection") == HealthStatus::ok);
    CHECK(status_of(checks, "info") == HealthStatus::warning);
    CHECK(failures(checks) == 0);
  }
  const RedisUser user(redis, "~* +@all");
  auto refused = user.url();
  refused.replace(refused.find(":pass@"), 6, ":wr0ng@");
  const auto checks =
      adapters::redis::open_responses(refused, 500ms).plain->check(Deadline::after(20s));
  const auto connection = check_named(checks, "connection");
  CHECK(connection.status == HealthStatus::failure);
  CHECK(connection.message.find("access_denied") != std::string::npos);
  CHECK(connection.message.find("wr0ng") == std::string::npos);
}

TEST_CASE("the version and the role of Redis are looked at") {
  const ScratchRedis redis;
  const auto checks =
      adapters::redis::open_responses(redis.url(), 500ms).plain->check(Deadline::after(20s));
  for (const char* name : {"version", "role", "maxmemory"}) {
    CHECK(status_of(checks, name) == HealthStatus::ok);
  }
}

}  // namespace polystore::test
