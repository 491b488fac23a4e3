#pragma once

#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/factory.hpp"
#include "store/two_stores.hpp"
#include "support/scratch_sqlite.hpp"

#include <memory>

/// What two_stores.hpp wants of a store, of SQLite files.
namespace polystore::test {

inline std::unique_ptr<ports::MetadataPort> metadata_on(const ScratchSqlite& file) {
  return adapters::sqlite::open_metadata(file.url());
}

inline std::unique_ptr<ports::OutputPort> outputs_on(const ScratchSqlite& file) {
  return adapters::sqlite::open_outputs(file.url());
}

inline void bury_row_on(const ScratchSqlite& file, const ContentId& id) {
  const auto deadline = MaintenanceTest::soon();
  const auto connection =
      sqlite::Connection::open(sqlite::ConnectOptions::from_url(file.url(), "metadata"), deadline);
  connection->prepare("INSERT INTO polystore_tombstones (id) VALUES (?)", deadline)
      .bind(id.bytes())
      .run();
}

}  // namespace polystore::test
