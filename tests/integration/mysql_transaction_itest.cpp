#include "support/mysql.hpp"

using namespace polystore;
using namespace polystore::mysql;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { connection->query("CREATE TABLE t (x int PRIMARY KEY) ENGINE = InnoDB", soon()); }

  std::int64_t count() const {
    return database.connect()->query("SELECT COUNT(*) FROM t", soon()).int64(0, 0);
  }

  ScratchDatabase database;
  std::unique_ptr<Connection> connection = database.connect();
};

Script insert(std::int64_t x) {
  return Script().add(Statement("INSERT INTO t VALUES ").open().int64(x).close());
}

}  // namespace

TEST_CASE("a transaction is visible from its commit on") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.send(insert(1), soon());
  CHECK(transaction.receive(soon()).at(0).affected_rows() == 1);
  CHECK(transaction.run(insert(2), soon()).size() == 1);
  CHECK(f.count() == 0);
  transaction.commit(soon());
  CHECK(f.count() == 2);
  CHECK(f.connection->healthy());
  CHECK(error_of([&] { transaction.send(insert(3), soon()); }).code() == ErrorCode::internal);
}

TEST_CASE("a transaction without commit leaves nothing, also with results still to come") {
  Fixture f;
  {
    Transaction transaction(*f.connection);
    transaction.run(insert(1), soon());
    transaction.send(insert(2), soon());
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 0);
  {
    Transaction unused(*f.connection);
    unused.commit(soon());
  }
  CHECK(f.connection->healthy());
}

TEST_CASE("a commit of a failed transaction is a failure") {
  Fixture f;
  {
    Transaction transaction(*f.connection);
    transaction.run(insert(1), soon());
    CHECK(error_of([&] { transaction.run(insert(1), soon()); }).code() == ErrorCode::conflict);
    const Error error = error_of([&] { transaction.commit(soon()); });
    CHECK(error.code() == ErrorCode::internal);
    CHECK(error.outcome() == Outcome::not_applied);
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 0);
}

TEST_CASE("a transaction that failed begins anew when told, without what it had done") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  CHECK_THROWS_AS(transaction.run(insert(1), soon()), Error);
  transaction.restart();
  transaction.run(insert(2), soon());
  transaction.commit(soon());
  CHECK(f.database.connect()->query("SELECT SUM(x) FROM t", soon()).int64(0, 0) == 2);
  {
    Transaction again(*f.connection);
    again.run(insert(3), soon());
    again.restart();
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 1);
}

TEST_CASE("a transaction that the server has rolled back is not committed in part") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  f.connection->query("ROLLBACK", soon());  // as a deadlock does
  f.connection->query("INSERT INTO t VALUES (9)", soon());
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.code() == ErrorCode::internal);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("a session ended before COMMIT was sent is a definite failure") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  kill_session(f.connection->session_id());
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.retryable());
  CHECK_FALSE(f.connection->healthy());
  CHECK(f.count() == 0);
}

TEST_CASE("a transaction that the server ended for being idle is a definite failure") {
  Fixture f;
  const auto id = f.connection->session_id();
  Transaction transaction(*f.connection);
  auto statements = insert(1);
  statements.add("SET idle_transaction_timeout = 1");
  transaction.run(std::move(statements), soon());
  const auto admin = connect_mysql();
  REQUIRE(becomes_true([&] {
    return admin
               ->query(
                   "SELECT 1 FROM information_schema.processlist WHERE id = " + std::to_string(id),
                   soon())
               .rows() == 0;
  }));
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.retryable());
  CHECK(f.count() == 0);
}

TEST_CASE("a commit whose answer does not come is in doubt") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  {
    const StoppedProcess stopped(mysql_pid());
    check_ends_within(200ms, [&] {
      const Error error = error_of([&] { transaction.commit(Deadline::after(200ms)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::unknown);
    });
  }
  // The request had reached the server, which carries it out when it goes on.
  CHECK(becomes_true([&] { return f.count() == 1; }));
}

TEST_CASE("a commit after its deadline is not sent") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  const Error error = error_of([&] { transaction.commit(Deadline::immediate()); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("a lock that another transaction holds is waited for, but not past the limit") {
  Fixture f;
  const auto other = f.database.connect();
  Transaction holder(*other);
  holder.run(insert(1), soon());
  for (const auto& [span, number] : {std::pair(500ms, "1969"), std::pair(1600ms, "1205")}) {
    Transaction waiter(*f.connection);
    check_ends_within(span, [&] {
      const Error error = error_of([&] { waiter.run(insert(1), Deadline::after(span)); });
      CHECK(error.native_code() == number);
      CHECK(error.retryable());
      CHECK(error.outcome() == Outcome::not_applied);
    });
  }
  CHECK(f.connection->healthy());
}

TEST_CASE("a deadlock costs one of the two, which may try again") {
  Fixture f;
  const auto other = f.database.connect();
  Transaction first(*f.connection);
  Transaction second(*other);
  first.run(insert(1), soon());
  second.run(insert(2), soon());
  first.send(insert(2), soon());
  second.send(insert(1), soon());
  int given_up = 0;
  for (Transaction* transaction : {&first, &second}) {
    try {
      transaction->receive(soon());
      transaction->commit(soon());
    } catch (const Error& error) {
      ++given_up;
      CHECK((error.native_code() == "1213" || error.native_code() == "1062"));
      if (error.native_code() == "1213") CHECK(error.retryable());
      CHECK(error.outcome() == Outcome::not_applied);
      transaction->restart();
      CHECK_NOTHROW(transaction->commit(soon()));
    }
  }
  CHECK(given_up == 1);
  CHECK(f.count() == 2);
}
