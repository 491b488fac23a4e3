// Runs the metadata contract on MariaDB, each test in a database of its own.
#include "contract/mysql_metadata_fixture.hpp"

std::unique_ptr<polystore::test::MetadataServerFixture>
polystore::test::MetadataServerFixture::make() {
  return MysqlMetadata::make();
}
