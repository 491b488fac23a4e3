// Runs the metadata contract on PostgreSQL, each test in a schema of its own.
#include "contract/postgres_metadata_fixture.hpp"

std::unique_ptr<polystore::test::MetadataServerFixture>
polystore::test::MetadataServerFixture::make() {
  return PostgresMetadata::make();
}
