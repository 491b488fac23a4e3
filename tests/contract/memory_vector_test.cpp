#include "adapters/memory/factory.hpp"
#include "contract/vector_contract.hpp"
#include "support/manual_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace polystore::test {
namespace {

class MemoryVectorFixture : public VectorFixture {
 public:
  std::unique_ptr<ports::VectorPort> open() override {
    if (opened_) return nullptr;
    opened_ = true;
    return adapters::memory::open_vectors(log_length());
  }
  [[nodiscard]] std::size_t log_length() const override { return 1000; }

 private:
  bool opened_ = false;
};

}  // namespace

std::unique_ptr<VectorFixture> VectorFixture::make() {
  return std::make_unique<MemoryVectorFixture>();
}

}  // namespace polystore::test

using namespace polystore;
using namespace std::chrono_literals;

TEST_CASE("keys are remembered as forgotten for as long as a write may be late, and no longer") {
  const VectorSpace space{.name = "space", .dimensions = 3};
  const Deadline soon = Deadline::after(20s);
  const auto clock = std::make_shared<test::ManualClock>();
  const auto port = adapters::memory::open_vectors(1000, clock);
  const auto forget = [&](const std::string& key) { port->forget({&key, 1}, soon); };
  const auto is_taken = [&](const std::string& key) {
    const ports::OrderedEntry entry{key, "body", 1};
    port->put_ordered(space, {&entry, 1}, soon);
    return port->get(key, soon).has_value();
  };
  forget("once");
  forget("twice");
  clock->pass(ports::forgotten_for);
  forget("twice");
  CHECK_FALSE(is_taken("once"));
  clock->pass(1ms);
  forget("other");
  CHECK(is_taken("once"));
  CHECK_FALSE(is_taken("twice"));
  clock->pass(ports::forgotten_for);
  forget("another");
  CHECK(is_taken("twice"));
  CHECK_FALSE(is_taken("another"));
}
