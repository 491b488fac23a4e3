#include "adapters/memory/factory.hpp"
#include "contract/health_contract.hpp"

namespace polystore::test {
namespace {

class MemoryHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    return adapters::memory::open_responses(std::size_t{1} << 20,
                                            std::make_shared<const ports::Clock>())
        .plain;
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::CachePort&>(port).close(); }
};

}  // namespace

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<MemoryHealth>(); }

}  // namespace polystore::test
