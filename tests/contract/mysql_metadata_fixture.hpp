#pragma once

#include "adapters/mysql/factory.hpp"
#include "contract/metadata_server_contract.hpp"
#include "support/mysql.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

namespace polystore::test {

using adapters::mysql::open_metadata;

/// A database of MariaDB of its own.
class MysqlMetadata final : public MetadataServerFixture {
 public:
  static std::unique_ptr<MysqlMetadata> make() { return std::make_unique<MysqlMetadata>(); }

  std::unique_ptr<ports::MetadataPort> open() override { return open_metadata(url_in(database)); }

  void run(const std::string& sql) override { database.connect()->query(sql, soon()); }

  std::int64_t number(const std::string& sql) override {
    return database.connect()->query(sql, soon()).int64(0, 0);
  }

  std::int64_t tables() override {
    return number("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
  }

  void await_lock_wait() override {
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

  void end_enqueuing_session() override {
    const auto open = database.connect()->query(
        "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx JOIN "
        "information_schema.processlist ON id = trx_mysql_thread_id WHERE db = DATABASE() AND "
        "trx_rows_modified > 0",
        soon());
    REQUIRE(open.rows() == 1);
    kill_session(static_cast<std::uint64_t>(open.int64(0, 0)));
  }

  ScratchDatabase database;
};

/// Metadata in a database of MariaDB of its own, with one user.
using MysqlFixture = MetadataTestOn<MysqlMetadata>;

}  // namespace polystore::test
