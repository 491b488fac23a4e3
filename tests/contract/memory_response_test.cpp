#include "adapters/memory/factory.hpp"
#include "contract/response_contract.hpp"
#include "support/errors.hpp"
#include "support/manual_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace polystore::test {
namespace {

using namespace std::literals;

class MemoryResponseFixture : public ResponseFixture {
 public:
  ports::ResponsePort& port() override { return *port_; }
  ports::ResponsePort& other() override { return *port_; }
  void pass(std::chrono::milliseconds span) override { clock_->pass(span); }

 private:
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::unique_ptr<ports::ResponsePort> port_ =
      adapters::memory::open_responses(std::size_t{64} << 20, clock_).responses;
};

}  // namespace

std::unique_ptr<ResponseFixture> ResponseFixture::make() {
  return std::make_unique<MemoryResponseFixture>();
}

TEST_CASE("plain and stored responses share the bound and never a key") {
  const auto stores = adapters::memory::open_responses(4096, std::make_shared<ManualClock>());
  const auto soon = Deadline::after(5s);
  const ports::EntryKey key{};
  const std::string same_bytes(key.size(), '\0');
  stores.plain->set(same_bytes, std::string(1500, 'p'), 1h, soon);
  stores.responses->store(key, {std::string(1500, 'r'), 1h}, soon);
  CHECK(stores.plain->get(same_bytes, soon) == std::string(1500, 'p'));
  CHECK(stores.responses->look_up(key, soon).stored->envelope == std::string(1500, 'r'));
  stores.plain->set("other", std::string(1500, 'p'), 1h, soon);
  CHECK_FALSE(stores.plain->get(same_bytes, soon));
  CHECK(stores.responses->look_up(key, soon).stored);
  const Error error = error_of([&] {
    stores.responses->store(key, {std::string(4096, 'r'), 1h}, soon);
  });
  CHECK(error.code() == ErrorCode::overloaded);
}

TEST_CASE("closing one kind of responses leaves the other") {
  const auto stores = adapters::memory::open_responses(4096, std::make_shared<ManualClock>());
  const auto soon = Deadline::after(5s);
  stores.responses->store({}, {"r", 1h}, soon);
  stores.plain->set("key", "p", 1h, soon);
  stores.plain->close();
  CHECK(stores.responses->look_up({}, soon).stored);
  CHECK(error_of([&] { (void)stores.plain->get("key", soon); }).code() == ErrorCode::closed);
}

}  // namespace polystore::test
