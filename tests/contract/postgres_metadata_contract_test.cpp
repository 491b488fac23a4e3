// Runs the metadata contract on PostgreSQL, each test in a schema of its own.
#include "adapters/postgres/factory.hpp"
#include "contract/metadata_contract.hpp"
#include "support/postgres.hpp"

namespace polystore::test {
namespace {

class PostgresMetadata final : public MetadataFixture {
 public:
  std::unique_ptr<ports::MetadataPort> open() override {
    return adapters::postgres::open_metadata(url_in(schema_));
  }

 private:
  ScratchSchema schema_;
};

}  // namespace

std::unique_ptr<MetadataFixture> MetadataFixture::make() {
  return std::make_unique<PostgresMetadata>();
}

}  // namespace polystore::test
