#include "adapters/memory/factory.hpp"
#include "contract/vector_contract.hpp"

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
