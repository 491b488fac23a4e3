#pragma once

#include "adapters/mysql/factory.hpp"
#include "contract/metadata_fixture.hpp"
#include "support/mysql.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <vector>

namespace polystore::test {

using adapters::mysql::open_metadata;

/// Metadata in a database of MariaDB of its own, with one user.
struct MysqlFixture {
  MysqlFixture() {
    port->migrate(soon());
    port->ensure_user(1, "Ada", soon());
  }

  std::vector<ports::InsertStatus> insert(const std::vector<ports::NewRow>& rows) const {
    const auto transaction = port->begin(soon());
    transaction->start_insert(rows, soon());
    auto statuses = transaction->finish_insert(soon());
    transaction->commit(soon());
    return statuses;
  }

  bool erase(const ContentId& id) const {
    const auto transaction = port->begin(soon());
    const bool found = transaction->erase({&id, 1}, soon()).front();
    transaction->commit(soon());
    return found;
  }

  /// Waits until a transaction waits for a lock of another one.
  void await_lock_wait() const {
    const auto admin = database.connect();
    REQUIRE(becomes_true(
        [&] {
          return admin
                     ->query(
                         "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK "
                         "WAIT'",
                         soon())
                     .rows() > 0;
        },
        innodb_pause));
  }

  ScratchDatabase database;
  std::unique_ptr<ports::MetadataPort> port = open_metadata(url_in(database));
};

inline ports::NewRow row_of(const std::string& title) { return MetadataPortTest::row(title); }

inline ports::RowUpdate next_of(const Metadata& metadata) {
  ports::RowUpdate update{.metadata = metadata, .token = ContentId::generate().bytes()};
  ++update.metadata.version;
  return update;
}

}  // namespace polystore::test
