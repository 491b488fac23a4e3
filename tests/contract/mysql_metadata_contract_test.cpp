// Runs the metadata contract on MariaDB, each test in a database of its own.
#include "adapters/mysql/factory.hpp"
#include "contract/metadata_contract.hpp"
#include "support/mysql.hpp"

namespace polystore::test {
namespace {

class MysqlMetadata final : public MetadataFixture {
 public:
  std::unique_ptr<ports::MetadataPort> open() override {
    return adapters::mysql::open_metadata(url_in(database_));
  }

 private:
  ScratchDatabase database_;
};

}  // namespace

std::unique_ptr<MetadataFixture> MetadataFixture::make() {
  return std::make_unique<MysqlMetadata>();
}

}  // namespace polystore::test
