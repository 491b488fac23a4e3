#include "store/setup.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

/// One PostgreSQL database for metadata and outputs.
class PostgresSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override { return options_on(postgres_, postgres_); }

 private:
  ScratchPostgres postgres_;
};

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return std::make_unique<PostgresSetup>(); }

}  // namespace polystore::test
