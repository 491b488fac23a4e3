#include "adapters/redis/factory.hpp"
#include "contract/vector_contract.hpp"
#include "support/errors.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace polystore::test {
namespace {

using namespace std::literals;

class RedisVectorFixture : public VectorFixture {
 public:
  std::unique_ptr<ports::VectorPort> open() override {
    return adapters::redis::open_vectors(redis_.url(), log_length());
  }
  [[nodiscard]] std::size_t log_length() const override { return 1000; }

 private:
  ScratchRedis redis_;
};

Deadline soon() { return Deadline::after(20s); }

void put(ports::VectorPort& port, const std::string& key) {
  const ports::VectorEntry entry{key, "body"};
  (void)port.put({.name = "s", .dimensions = 1}, {&entry, 1}, soon());
}

}  // namespace

std::unique_ptr<VectorFixture> VectorFixture::make() {
  return std::make_unique<RedisVectorFixture>();
}

TEST_CASE("a server that forgot what it had is told apart, even when as much was written since") {
  const ScratchRedis redis;
  const auto port = adapters::redis::open_vectors(redis.url());
  // The same ids, as after a failover to a replica that had not got the last changes.
  const auto log = [&](const std::string& mark) {
    (void)redis.cli("xadd '{polystore:vectors}:log' 5-0 key k mark " + mark);
  };
  log("a");
  const auto before = port->last_position(soon());
  CHECK_FALSE(port->changes({.after = before}, soon()).lost);
  (void)redis.cli("flushdb");
  CHECK(port->changes({.after = before}, soon()).lost);
  log("b");
  CHECK(port->changes({.after = before}, soon()).lost);
}

TEST_CASE("what others have written under our keys is damage, not a crash") {
  const ScratchRedis redis;
  const auto port = adapters::redis::open_vectors(redis.url());
  const auto code = [&](auto&& call) { return error_of(call).code(); };
  (void)redis.cli("hset '{polystore:vectors}:data' k text");
  CHECK(code([&] { (void)port->get("k", soon()); }) == ErrorCode::data_loss);
  CHECK(code([&] { (void)port->scan("", soon()); }) == ErrorCode::data_loss);
  (void)redis.cli("hset '{polystore:vectors}:spaces' s '3 cosine'");
  CHECK(code([&] { (void)port->find_space("s", soon()); }) == ErrorCode::data_loss);
  (void)redis.cli("hset '{polystore:vectors}:spaces' s 'x cosine float32'");
  CHECK(code([&] { (void)port->find_space("s", soon()); }) == ErrorCode::data_loss);
  (void)redis.cli("xadd '{polystore:vectors}:log' 1-0 field value");
  CHECK(code([&] { (void)port->last_position(soon()); }) == ErrorCode::data_loss);
  (void)redis.cli("set '{polystore:vectors}:data' text");
  CHECK(code([&] { (void)port->get("k", soon()); }) == ErrorCode::invalid_argument);
}

TEST_CASE("vectors lie in Redis as documented") {
  const ScratchRedis redis;
  const auto port = adapters::redis::open_vectors(redis.url());
  put(*port, "k");
  CHECK(redis.cli("hget '{polystore:vectors}:spaces' s") == "1 cosine float32");
  CHECK(redis.cli("hget '{polystore:vectors}:data' k").ends_with(" body"));
  CHECK(redis.cli("xlen '{polystore:vectors}:log'") == "1");
}

TEST_CASE("a server that may lose vectors is told of") {
  const ScratchRedis redis;
  const auto port = adapters::redis::open_vectors(redis.url());
  auto checks = port->check(soon());
  const auto find = [&](const std::string& name) {
    const auto found = std::ranges::find(checks, name, &HealthCheck::name);
    REQUIRE(found != checks.end());
    return found->status;
  };
  CHECK(find("connection") == HealthStatus::ok);
  CHECK(find("role") == HealthStatus::ok);
  CHECK(find("vectors") == HealthStatus::ok);  // none to lose
  put(*port, "k");
  checks = port->check(soon());
  CHECK(find("maxmemory") == HealthStatus::ok);
  CHECK(find("persistence") == HealthStatus::warning);  // the scratch server's appendonly is no
}

}  // namespace polystore::test
