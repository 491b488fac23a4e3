#include "polystore/sqlite/connection.hpp"

#include "polystore/error.hpp"
#include "polystore/sqlite/classify.hpp"
#include "polystore/sqlite/statement.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

namespace polystore::sqlite {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How many of SQLite's instructions pass between two looks at the clock: a fraction of a
// millisecond.
constexpr int instructions_between_checks = 10'000;

const char* describe(const Classification& classification, int extended_code) {
  switch (classification.code) {
    case ErrorCode::deadline_exceeded:
      return (extended_code & 0xFF) == SQLITE_INTERRUPT
                 ? "the statement ran past the deadline and was stopped"
                 : "another writer held the file until the deadline";
    case ErrorCode::invalid_argument:
      return "a value breaks a constraint or limit of the database";
    case ErrorCode::access_denied:
      return "the file or its folder may not be written; check its permissions";
    case ErrorCode::overloaded:
      return "the disk, or memory, is full";
    case ErrorCode::unavailable:
      return "the file can't be opened or read; check the path, the permissions and the disk";
    case ErrorCode::data_loss:
      return "the file is damaged, or not a database; restore it from a backup";
    default:
      return "SQLite refused a call in a way that should not happen";
  }
}

Error make_error(int extended_code, std::string_view operation) {
  const Classification classification = classify(extended_code);
  return Error({.code = classification.code,
                .backend = Backend::sqlite,
                .retryable = classification.retryable,
                .operation = std::string(operation),
                .native_code = std::to_string(extended_code),
                .message = describe(classification, extended_code)});
}

void check_path(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  std::error_code ignored;
  const char* fault = nullptr;
  if (std::filesystem::is_directory(file, ignored)) {
    fault = "is a folder; name a file";
  } else if (!std::filesystem::is_directory(folder, ignored)) {
    fault = "lies in a folder that does not exist; make it first";
  }
  if (fault == nullptr) return;
  throw Error({.code = ErrorCode::invalid_argument,
               .backend = Backend::sqlite,
               .operation = "open a database",
               .field = "path",
               .message = fault});
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const ConnectOptions& options, Deadline deadline) {
  check_path(options.path);
  std::unique_ptr<Connection> connection(new Connection());
  sqlite3* database = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(options.path.c_str(), &database, flags, nullptr);
  connection->database_.reset(database);
  if (result != SQLITE_OK || database == nullptr) {
    throw make_error(database == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(database),
                     "open a database");
  }
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_handler(database, &Connection::on_busy, connection.get());
  sqlite3_progress_handler(database, instructions_between_checks, &Connection::on_progress,
                           connection.get());
  for (;;) {
    try {
      connection->execute(
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", deadline);
      return connection;
    } catch (const Error& error) {
      // The change to WAL does not wait for its lock as other statements do.
      if (error.code() != ErrorCode::deadline_exceeded || deadline.expired()) throw;
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
}

Connection::~Connection() {
  if (!stamp_.inherited()) return;
  for (auto& [sql, statement] : statements_) (void)statement.release();
  (void)database_.release();
}

void Connection::use(Deadline deadline) {
  if (stamp_.inherited()) {
    throw Error({.code = ErrorCode::closed,
                 .backend = Backend::sqlite,
                 .operation = "use a connection",
                 .message = "it was opened by the parent of this process; open a new one"});
  }
  deadline_ = deadline;
}

void Connection::execute(const char* sql, Deadline deadline) {
  use(deadline);
  check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr), "execute");
}

Statement Connection::prepare(std::string_view sql, Deadline deadline) {
  use(deadline);
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
          "prepare");
    found = statements_.emplace(std::string(sql), StatementHandle(statement)).first;
  }
  return Statement(*this, found->second.get());
}

std::int64_t Connection::changes() const noexcept { return sqlite3_changes64(database_.get()); }
std::int64_t Connection::last_insert_rowid() const noexcept {
  return sqlite3_last_insert_rowid(database_.get());
}
bool Connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(database_.get()) == 0;
}
bool Connection::healthy() const noexcept {
  return !stamp_.inherited() && !broken_ && !in_transaction();
}

void Connection::check(int result, std::string_view operation) {
  if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE) fail(result, operation);
}

void Connection::fail(int result, std::string_view operation) {
  if (classify(result).scope == Scope::connection) broken_ = true;
  throw make_error(result, operation);
}

int Connection::on_busy(void* self, int calls) noexcept {
  const auto remaining = static_cast<Connection*>(self)->deadline_.remaining();
  if (remaining <= Deadline::Clock::duration::zero()) return 0;
  thread_local std::minstd_rand random(std::random_device{}());
  // Full jitter, up to 32 ms: writers that wait for the same lock do not come in step.
  const auto most = std::chrono::duration_cast<microseconds>(milliseconds(1 << std::min(calls, 5)));
  const microseconds pause(
      std::uniform_int_distribution<int>(100, static_cast<int>(most.count()))(random));
  std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(pause, remaining));
  return 1;
}

int Connection::on_progress(void* self) noexcept {
  return static_cast<Connection*>(self)->deadline_.expired() ? 1 : 0;
}

}  // namespace polystore::sqlite
