#include "store/setup.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class ServersSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = postgres_.url(),
            .outputs = mongo_.url(),
            .responses = redis_.url(),
            .deadline = std::chrono::seconds(20),
            .response_deadline = std::chrono::seconds(2)};
  }

 private:
  ScratchPostgres postgres_;
  ScratchMongo mongo_;
  ScratchRedis redis_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<ServersSetup>(); }

}  // namespace polystore::test
