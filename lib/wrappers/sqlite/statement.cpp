#include "polystore/sqlite/statement.hpp"

#include "polystore/error.hpp"

namespace polystore::sqlite {

Statement::~Statement() {
  if (connection_.stamp_.inherited()) return;
  (void)sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_VM_STEP, 1);  // 1: back to zero
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(std::int64_t value) {
  connection_.check(sqlite3_bind_int64(statement_, ++bound_, value), "bind");
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  connection_.check(
      sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(),
                          text.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
      "bind");
  return *this;
}

Statement& Statement::bind(std::span<const std::byte> bytes) {
  // A null pointer would bind NULL.
  const void* data = bytes.data() == nullptr ? static_cast<const void*>("") : bytes.data();
  connection_.check(sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_TRANSIENT),
                    "bind");
  return *this;
}

Statement& Statement::bind(std::span<const std::uint8_t> bytes) {
  return bind(std::as_bytes(bytes));
}

Statement& Statement::bind_null() {
  connection_.check(sqlite3_bind_null(statement_, ++bound_), "bind");
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  connection_.check(result, "run a statement");
  return result == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
}

std::int64_t Statement::integer(int column) const {
  require_type(column, SQLITE_INTEGER);
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  require_type(column, SQLITE_TEXT);
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::bytes(int column) const {
  require_type(column, SQLITE_BLOB);
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const noexcept {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::steps_run() const noexcept {
  return sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_VM_STEP, 0);
}

void Statement::require_type(int column, int type) const {
  if (sqlite3_column_type(statement_, column) == type) return;
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::sqlite,
               .operation = "read a row",
               .message = "a column has another type than the schema says"});
}

}  // namespace polystore::sqlite
