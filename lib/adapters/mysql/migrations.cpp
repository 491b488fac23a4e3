#include "adapters/mysql/migrations.hpp"

#include "adapters/mysql/schema.hpp"
#include "adapters/mysql/sql.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace polystore::adapters::mysql {
namespace {

Error migrate_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .backend = Backend::mysql,
                .retryable = code == ErrorCode::unavailable,
                .operation = "migrate",
                .message = std::move(message)});
}

my::Result run(my::Connection& connection, my::Statement statement, Deadline deadline,
               my::Phase phase) {
  my::Script script;
  my::add_time_limits(script, deadline);
  script.add(std::move(statement));
  return connection.run(script, deadline, phase).take(1);
}

my::Result read(my::Connection& connection, my::Statement statement, Deadline deadline) {
  return run(connection, std::move(statement), deadline, my::Phase::before_commit);
}

/// A lock of the session for this database's migrations, given back at the end of the scope.
class MigrationLock {
 public:
  MigrationLock(my::Connection& connection, Deadline deadline) : connection_(connection) {
    const auto seconds = std::max(1, deadline.remaining_ms() * 3 / 4 / 1000);
    my::Statement lock("SELECT COALESCE(GET_LOCK(CONCAT('polystore.', SHA1(DATABASE())), ");
    lock.int64(seconds).sql("), 0)");
    if (read(connection_, std::move(lock), deadline).int64(0, 0) == 1) return;
    throw migrate_error(ErrorCode::unavailable,
                        "another process has been migrating the database for too long; try again");
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;
  ~MigrationLock() {
    try {
      connection_.query("DO RELEASE_LOCK(CONCAT('polystore.', SHA1(DATABASE())))",
                        Deadline::after(std::chrono::milliseconds(50)));
    } catch (...) {
      connection_.close();  // the lock goes with the session
    }
  }

 private:
  my::Connection& connection_;
};

my::Statement known_tables(std::span<const std::string_view> names) {
  my::Statement statement(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND "
      "table_name IN ");
  statement.text_list(names).sql(" ORDER BY table_name");
  return statement;
}

bool has_schema(my::Connection& connection, Deadline deadline) {
  const std::string_view name = "polystore_schema";
  return read(connection, known_tables({&name, 1}), deadline).rows() != 0;
}

void check_not_newer(std::int64_t version) {
  if (version <= latest_version()) return;
  throw migrate_error(ErrorCode::schema_mismatch,
                      "the database's schema has version " + std::to_string(version) +
                          ", this library knows up to " + std::to_string(latest_version()) +
                          "; use a newer library");
}

// The table of versions comes first, and shows from then on that the others are ours.
void begin_schema(my::Connection& connection, Deadline deadline) {
  const my::Result foreign = read(connection, known_tables(table_names()), deadline);
  if (foreign.rows() != 0) {
    throw migrate_error(ErrorCode::schema_mismatch,
                        "the database has tables of the names of this library's that it did not "
                        "make; use another database");
  }
  run(connection,
      my::Statement("CREATE TABLE polystore_schema (version bigint NOT NULL PRIMARY KEY, "
                    "applied_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE = "
                    "InnoDB"),
      deadline, my::Phase::commit_sent);
}

my::Statement fill_locks() {
  my::Statement statement("INSERT INTO polystore_locks (bucket) VALUES ");
  for (std::int64_t bucket = 0; bucket < id_locks; ++bucket) {
    statement.open().int64(bucket).close();
  }
  return statement.sql(" ON DUPLICATE KEY UPDATE bucket = bucket");
}

void step(my::Connection& connection, std::int64_t version, Deadline deadline) {
  for (const auto sql : migrations()[static_cast<std::size_t>(version)]) {
    run(connection, my::Statement(sql), deadline, my::Phase::commit_sent);
  }
  if (version == 0) run(connection, fill_locks(), deadline, my::Phase::commit_sent);
  my::Statement done("INSERT INTO polystore_schema (version) VALUES ");
  done.open().int64(version + 1).close();
  run(connection, std::move(done), deadline, my::Phase::commit_sent);
}

}  // namespace

std::int64_t latest_version() { return static_cast<std::int64_t>(migrations().size()); }

std::int64_t schema_version(my::Connection& connection, Deadline deadline) {
  if (!has_schema(connection, deadline)) return 0;
  return read(connection, my::Statement("SELECT COALESCE(MAX(version), 0) FROM polystore_schema"),
              deadline)
      .int64(0, 0);
}

void migrate(my::Connection& connection, Deadline deadline) {
  std::int64_t version = schema_version(connection, deadline);
  check_not_newer(version);
  if (version == latest_version()) return;
  const MigrationLock lock(connection, deadline);
  if (!has_schema(connection, deadline)) begin_schema(connection, deadline);
  version = schema_version(connection, deadline);
  check_not_newer(version);
  for (; version < latest_version(); ++version) step(connection, version, deadline);
}

}  // namespace polystore::adapters::mysql
