#pragma once

#include "adapters/postgres/factory.hpp"
#include "contract/metadata_server_contract.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

namespace polystore::test {

using adapters::postgres::open_metadata;

/// A schema of PostgreSQL of its own.
class PostgresMetadata final : public MetadataServerFixture {
 public:
  static std::unique_ptr<PostgresMetadata> make() { return std::make_unique<PostgresMetadata>(); }

  std::unique_ptr<ports::MetadataPort> open() override { return open_metadata(url_in(schema)); }

  void run(const std::string& sql) override { schema.connect()->query(sql, {}, soon()); }

  std::int64_t number(const std::string& sql) override {
    return schema.connect()->query(sql, {}, soon()).int64(0, 0);
  }

  std::int64_t tables() override {
    return number("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");
  }

  void await_lock_wait() override {
    await_row(
        "SELECT FROM pg_locks WHERE NOT granted AND (database = (SELECT oid FROM pg_database WHERE "
        "datname = current_database()) OR locktype = 'transactionid')");
  }

  /// Waits until a session waits for a row that another one has changed.
  void await_row_wait() {
    await_row("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'");
  }

  void end_enqueuing_session() override {
    const auto pid = schema.connect()->query(
        "SELECT pid FROM pg_locks WHERE locktype = 'relation' AND relation = "
        "'polystore_outbox'::regclass AND pid <> pg_backend_pid()",
        {}, soon());
    REQUIRE(pid.rows() >= 1);
    terminate_backend(static_cast<int>(pid.int64(0, 0)));
  }

  ScratchSchema schema;

 private:
  void await_row(const std::string& sql) const {
    const auto admin = schema.connect();
    REQUIRE(becomes_true([&] { return admin->query(sql, {}, soon()).rows() > 0; }));
  }
};

/// Metadata in a schema of PostgreSQL of its own, with one user.
using PostgresFixture = MetadataTestOn<PostgresMetadata>;

}  // namespace polystore::test
