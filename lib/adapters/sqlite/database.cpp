#include "adapters/sqlite/database.hpp"

#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include <string>

namespace polystore::adapters::sqlite {
namespace {

// Of a part; 0 when it has no schema yet. Makes the table that says so, in the caller's
// transaction.
std::int64_t read_version(Connection& connection, std::string_view part, Deadline deadline) {
  connection.execute(
      "CREATE TABLE IF NOT EXISTS polystore_schema "
      "(part TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) STRICT",
      deadline);
  auto statement =
      connection.prepare("SELECT version FROM polystore_schema WHERE part = ?", deadline);
  statement.bind(part);
  return statement.step() ? statement.integer(0) : 0;
}

[[noreturn]] void fail_newer(std::int64_t found, std::size_t known) {
  throw Error({.code = ErrorCode::schema_mismatch,
               .backend = Backend::sqlite,
               .operation = "migrate",
               .message = "the file's schema has version " + std::to_string(found) +
                          ", this library knows up to " + std::to_string(known) +
                          "; upgrade polystore in this program"});
}

}  // namespace

void Database::migrate(std::string_view part, std::span<const char* const> steps,
                       Deadline deadline) {
  const auto lease = writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  const std::int64_t found = read_version(*lease, part, deadline);
  if (found > static_cast<std::int64_t>(steps.size())) fail_newer(found, steps.size());
  for (auto step = static_cast<std::size_t>(found); step < steps.size(); ++step) {
    lease->execute(steps[step], deadline);
  }
  lease
      ->prepare(
          "INSERT INTO polystore_schema VALUES (?, ?) "
          "ON CONFLICT (part) DO UPDATE SET version = excluded.version",
          deadline)
      .bind(part)
      .bind(static_cast<std::int64_t>(steps.size()))
      .run();
  transaction.commit(deadline);
}

}  // namespace polystore::adapters::sqlite
