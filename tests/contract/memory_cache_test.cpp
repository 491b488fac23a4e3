#include "adapters/memory/factory.hpp"
#include "contract/cache_contract.hpp"
#include "support/errors.hpp"
#include "support/manual_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace polystore::test {
namespace {

using namespace std::literals;

class MemoryCacheFixture : public CacheFixture {
 public:
  ports::CachePort& cache() override { return *cache_; }
  void pass(std::chrono::milliseconds span) override { clock_->pass(span); }

 private:
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::unique_ptr<ports::CachePort> cache_ =
      adapters::memory::open_responses(std::size_t{64} << 20, clock_).plain;
};

}  // namespace

std::unique_ptr<CacheFixture> CacheFixture::make() {
  return std::make_unique<MemoryCacheFixture>();
}

TEST_CASE("memory is bounded: what was not used for the longest time goes first") {
  const auto cache = adapters::memory::open_responses(4096, std::make_shared<ManualClock>()).plain;
  const auto soon = Deadline::after(5s);
  const std::string value(800, 'v');
  for (const char* key : {"a", "b", "c", "d"}) cache->set(key, value, 1h, soon);
  CHECK(cache->get("a", soon));  // now "b" is the oldest
  cache->set("e", value, 1h, soon);
  CHECK(cache->get("a", soon));
  CHECK_FALSE(cache->get("b", soon));
  for (const char* key : {"c", "d", "e"}) CHECK(cache->get(key, soon));
}

TEST_CASE("a value that memory can never hold is refused, and the others stay") {
  const auto cache = adapters::memory::open_responses(4096, std::make_shared<ManualClock>()).plain;
  const auto soon = Deadline::after(5s);
  cache->set("a", "v", 1h, soon);
  const Error error = error_of([&] { cache->set("large", std::string(4096, 'v'), 1h, soon); });
  CHECK(error.code() == ErrorCode::overloaded);
  CHECK(std::string(error.what()).find("memory_response_bytes") != std::string::npos);
  CHECK(cache->get("a", soon) == "v");
}

}  // namespace polystore::test
