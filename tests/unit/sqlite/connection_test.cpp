#include "polystore/sqlite/connection.hpp"

#include "polystore/sqlite/pool.hpp"
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using polystore::sqlite::Connection;
using polystore::sqlite::ConnectOptions;
using polystore::sqlite::Transaction;
using test::error_of;

namespace {

Deadline soon() { return Deadline::after(10s); }

struct Fixture {
  test::TemporaryFolder folder;
  ConnectOptions options{.path = (folder.path() / "a.db").string()};
  std::unique_ptr<Connection> connection = Connection::open(options, soon());
};

}  // namespace

TEST_CASE("values of every type come back as they were bound") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB, n TEXT) STRICT", soon());
  const std::string text("gr\0öße", 8);
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  f.connection->prepare("INSERT INTO t VALUES (?, ?, ?, ?)", soon())
      .bind(std::numeric_limits<std::int64_t>::min())
      .bind(text)
      .bind(bytes)
      .bind_null()
      .run();
  auto row = f.connection->prepare("SELECT * FROM t", soon());
  REQUIRE(row.step());
  CHECK(row.integer(0) == std::numeric_limits<std::int64_t>::min());
  CHECK(row.text(1) == text);
  CHECK(std::ranges::equal(row.bytes(2), bytes));
  CHECK(row.is_null(3));
  CHECK(error_of([&] { (void)row.integer(1); }).code() == ErrorCode::data_loss);
  CHECK_FALSE(row.step());
}

TEST_CASE("empty text and empty bytes are not NULL") {
  Fixture f;
  auto row = f.connection->prepare("SELECT ?, ?", soon());
  row.bind(std::string_view()).bind(std::span<const std::byte>());
  REQUIRE(row.step());
  CHECK(row.text(0).empty());
  CHECK(row.bytes(1).empty());
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (i INTEGER)", soon());
  {
    const Transaction transaction(*f.connection, soon());
    f.connection->execute("INSERT INTO t VALUES (1)", soon());
    CHECK_FALSE(f.connection->healthy());
  }
  CHECK(f.connection->healthy());
  auto count = f.connection->prepare("SELECT count(*) FROM t", soon());
  REQUIRE(count.step());
  CHECK(count.integer(0) == 0);
}

TEST_CASE("a lock that another connection holds is waited for until the deadline") {
  Fixture f;
  const auto other = Connection::open(f.options, soon());
  const Transaction transaction(*other, soon());
  for (const auto span : {0ms, 30ms, 200ms}) {
    const auto start = Deadline::Clock::now();
    const Error error =
        error_of([&] { const Transaction mine(*f.connection, Deadline::after(span)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.native_code() == "5");
    CHECK(Deadline::Clock::now() - start >= span);
    CHECK(Deadline::Clock::now() - start < span + 100ms);
  }
}

TEST_CASE("a lock that comes free in time is taken") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (i INTEGER)", soon());
  {
    const auto other = Connection::open(f.options, soon());
    auto transaction = std::make_unique<Transaction>(*other, soon());
    std::jthread releaser([&] {
      std::this_thread::sleep_for(50ms);
      transaction.reset();
    });
    Transaction mine(*f.connection, soon());
    mine.commit(soon());
  }
}

TEST_CASE("a statement that runs too long is stopped at the deadline") {
  Fixture f;
  const auto start = Deadline::Clock::now();
  const Error error = error_of([&] {
    f.connection->execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        Deadline::after(100ms));
  });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(Deadline::Clock::now() - start < 200ms);
  CHECK(f.connection->healthy());
}

TEST_CASE("what breaks a constraint is the row's fault, and no value is shown") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (s TEXT UNIQUE)", soon());
  const auto insert = [&] {
    f.connection->prepare("INSERT INTO t VALUES (?)", soon())
        .bind(std::string_view("s3cr3t"))
        .run();
  };
  insert();
  const Error error = error_of(insert);
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.native_code() == "2067");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  CHECK(f.connection->healthy());
}

TEST_CASE("a full disk is told, and what was there stays") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (b BLOB); PRAGMA max_page_count=8", soon());
  const std::vector<std::byte> bytes(100'000);
  const Error error = error_of(
      [&] { f.connection->prepare("INSERT INTO t VALUES (?)", soon()).bind(bytes).run(); });
  CHECK(error.code() == ErrorCode::overloaded);
  CHECK(error.retryable());
  CHECK(f.connection->healthy());
}

TEST_CASE("a file that is no database is data_loss") {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "a.db").string();
  std::ofstream(path) << std::string(4096, 'x');
  CHECK(error_of([&] { (void)Connection::open({.path = path}, soon()); }).code() ==
        ErrorCode::data_loss);
}

TEST_CASE("a path that can't be opened is told apart") {
  const test::TemporaryFolder folder;
  const auto code_of = [](const std::string& path) {
    return error_of([&] { (void)Connection::open({.path = path}, soon()); }).code();
  };
  CHECK(code_of(folder.path().string()) == ErrorCode::invalid_argument);
  CHECK(code_of((folder.path() / "none" / "a.db").string()) == ErrorCode::invalid_argument);
}

TEST_CASE("a pool hands out connections again") {
  Fixture f;
  auto pool = polystore::sqlite::make_pool(f.options, 1);
  const Connection* first = &*pool.acquire(soon());
  CHECK(&*pool.acquire(soon()) == first);
}

TEST_CASE("a forked child may not use its parent's connection, and does no harm to it") {
  Fixture f;
  f.connection->execute("CREATE TABLE t (i INTEGER)", soon());
  CHECK(test::child_status([&] {
          int status = 1;
          try {
            f.connection->execute("INSERT INTO t VALUES (1)", soon());
          } catch (const Error& error) {
            status = error.code() == ErrorCode::closed ? 0 : 2;
          }
          f.connection.reset();
          return status;
        }) == 0);
  f.connection->execute("INSERT INTO t VALUES (2)", soon());
}
