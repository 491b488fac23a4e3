#include "store/setup.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class MysqlSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override { return options_on(mysql_, mongo_, redis_); }

 private:
  ScratchMysql mysql_;
  ScratchMongo mongo_;
  ScratchRedis redis_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<MysqlSetup>(); }

}  // namespace polystore::test
