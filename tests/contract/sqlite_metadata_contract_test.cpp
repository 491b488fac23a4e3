#include "adapters/sqlite/factory.hpp"
#include "contract/metadata_contract.hpp"
#include "support/temporary_folder.hpp"

namespace polystore::test {
namespace {

class SqliteMetadataFixture : public MetadataFixture {
 public:
  std::unique_ptr<ports::MetadataPort> open() override {
    return adapters::sqlite::open_metadata(folder_.sqlite_url());
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<MetadataFixture> MetadataFixture::make() {
  return std::make_unique<SqliteMetadataFixture>();
}

}  // namespace polystore::test
