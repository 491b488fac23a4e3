#include "store/setup.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class ServersSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return options_on(postgres_, mongo_, redis_);
  }

 private:
  ScratchPostgres postgres_;
  ScratchMongo mongo_;
  ScratchRedis redis_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<ServersSetup>(); }

}  // namespace polystore::test
