#include "adapters/redis/factory.hpp"
#include "contract/cache_contract.hpp"
#include "support/errors.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

namespace polystore::test {
namespace {

using namespace std::literals;

class RedisCacheFixture : public CacheFixture {
 public:
  ports::CachePort& cache() override { return *cache_; }
  void pass(std::chrono::milliseconds span) override { std::this_thread::sleep_for(span); }

 private:
  ScratchRedis redis_;
  std::unique_ptr<ports::CachePort> cache_ =
      adapters::redis::open_responses(redis_.url(), 500ms).plain;
};

}  // namespace

std::unique_ptr<CacheFixture> CacheFixture::make() { return std::make_unique<RedisCacheFixture>(); }

TEST_CASE("a key that holds no string is told apart from an absent one") {
  const ScratchRedis redis;
  const auto cache = adapters::redis::open_responses(redis.url(), 500ms).plain;
  (void)redis.cli("lpush list x");
  const Error error = error_of([&] { (void)cache->get("list", Deadline::after(5s)); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.native_code() == "WRONGTYPE");
}

}  // namespace polystore::test
