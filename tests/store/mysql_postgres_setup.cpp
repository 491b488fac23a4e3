#include "store/setup.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class MysqlPostgresSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override { return options_on(mysql_, postgres_); }

 private:
  ScratchMysql mysql_;
  ScratchPostgres postgres_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<MysqlPostgresSetup>(); }

}  // namespace polystore::test
