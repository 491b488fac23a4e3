#include "store/setup.hpp"
#include "support/temporary_folder.hpp"

namespace polystore::test {
namespace {

class EmbeddedSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = folder_.sqlite_url(), .responses = "memory:"};
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<EmbeddedSetup>(); }

}  // namespace polystore::test
