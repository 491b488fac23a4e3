// How a database file is.
#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/database.hpp"
#include "values/health_list.hpp"

#include <filesystem>
#include <optional>

namespace polystore::adapters::sqlite {
namespace {

using values::HealthList;

std::int64_t schema_version(Connection& connection, std::string_view part, Deadline deadline) {
  auto tables = connection.prepare(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'polystore_schema'", deadline);
  tables.step();
  if (tables.integer(0) == 0) return 0;
  auto statement =
      connection.prepare("SELECT version FROM polystore_schema WHERE part = ?", deadline);
  statement.bind(part);
  return statement.step() ? statement.integer(0) : 0;
}

// Connection asks for both; a file system without shared memory, for example, refuses.
void check_durability(HealthList& list, Connection& connection, Deadline deadline) {
  auto journal = connection.prepare("PRAGMA journal_mode", deadline);
  journal.step();
  if (journal.text(0) == "wal") {
    list.ok("journal_mode", "WAL");
  } else {
    list.warn("journal_mode",
              "not WAL: readers and the writer wait for each other; put the file "
              "on a local disk");
  }
  auto synchronous = connection.prepare("PRAGMA synchronous", deadline);
  synchronous.step();
  constexpr std::int64_t full = 2;
  if (synchronous.integer(0) >= full) {
    list.ok("synchronous", "a commit waits for the disk");
  } else {
    list.fail("synchronous", "not FULL: an acknowledged write may be lost in a power cut");
  }
}

void check_integrity(HealthList& list, Connection& connection, Deadline deadline) {
  try {
    auto statement = connection.prepare("PRAGMA quick_check(1)", deadline);
    if (statement.step() && statement.text(0) == "ok") {
      list.ok("integrity", "the file is sound");
    } else {
      list.fail("integrity", "the file is damaged; restore it from a backup");
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded) throw;
    list.warn("integrity", "the file was not read to its end before the deadline; give more time");
  }
}

}  // namespace

std::vector<HealthCheck> Database::check(std::string_view part, std::size_t latest_version,
                                         bool whole_file, Deadline deadline) {
  HealthList list;
  const auto latest = static_cast<std::int64_t>(latest_version);
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  if (!std::filesystem::exists(path_, ignored) &&
      std::filesystem::is_directory(folder.empty() ? "." : folder, ignored)) {
    list.schema(0, latest);
    return list.take();
  }
  std::optional<ConnectionPool::Lease> connection;
  if (!list.look("connection", [&] {
        connection.emplace(reader(deadline));
        if (whole_file) list.ok("connection", "the file can be opened");
      })) {
    return list.take();
  }
  if (whole_file) {
    list.look("journal_mode", [&] { check_durability(list, **connection, deadline); });
  }
  list.look("schema", [&] { list.schema(schema_version(**connection, part, deadline), latest); });
  // Last: in a large file it may take all the time that there is.
  if (whole_file) {
    list.look("integrity", [&] { check_integrity(list, **connection, deadline); });
  }
  return list.take();
}

}  // namespace polystore::adapters::sqlite
