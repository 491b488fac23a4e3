#include "polystore/sqlite/classify.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sqlite3.h>

#include <vector>

using namespace polystore;
using polystore::sqlite::Classification;

TEST_CASE("every result code of SQLite says what may be done next") {
  struct Row {
    int code;
    Classification expected;
  };
  using enum ErrorCode;
  const std::vector<Row> table{
      {SQLITE_BUSY, {deadline_exceeded, true, sqlite::Scope::transaction}},
      {SQLITE_BUSY_SNAPSHOT, {deadline_exceeded, true, sqlite::Scope::transaction}},
      {SQLITE_BUSY_RECOVERY, {deadline_exceeded, true, sqlite::Scope::transaction}},
      {SQLITE_LOCKED, {deadline_exceeded, true, sqlite::Scope::transaction}},
      {SQLITE_INTERRUPT, {deadline_exceeded, true, sqlite::Scope::transaction}},
      {SQLITE_CONSTRAINT_PRIMARYKEY, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_CONSTRAINT_UNIQUE, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_CONSTRAINT_FOREIGNKEY, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_CONSTRAINT_NOTNULL, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_CONSTRAINT_CHECK, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_CONSTRAINT_DATATYPE, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_TOOBIG, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_MISMATCH, {invalid_argument, false, sqlite::Scope::row}},
      {SQLITE_READONLY, {access_denied, false, sqlite::Scope::transaction}},
      {SQLITE_READONLY_DIRECTORY, {access_denied, false, sqlite::Scope::transaction}},
      {SQLITE_PERM, {access_denied, false, sqlite::Scope::transaction}},
      {SQLITE_FULL, {overloaded, true, sqlite::Scope::transaction}},
      {SQLITE_NOMEM, {overloaded, true, sqlite::Scope::transaction}},
      {SQLITE_IOERR_WRITE, {unavailable, true, sqlite::Scope::connection}},
      {SQLITE_CANTOPEN, {unavailable, false, sqlite::Scope::connection}},
      {SQLITE_CORRUPT, {data_loss, false, sqlite::Scope::connection}},
      {SQLITE_CORRUPT_INDEX, {data_loss, false, sqlite::Scope::connection}},
      {SQLITE_NOTADB, {data_loss, false, sqlite::Scope::connection}},
      {SQLITE_MISUSE, {internal, false, sqlite::Scope::connection}},
      {SQLITE_ERROR, {internal, false, sqlite::Scope::connection}},
      {12345 << 8 | 200, {internal, false, sqlite::Scope::connection}},
  };
  for (const auto& row : table) {
    INFO("extended code " << row.code);
    CHECK(sqlite::classify(row.code) == row.expected);
  }
}
