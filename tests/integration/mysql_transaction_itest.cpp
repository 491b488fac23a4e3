#include "integration/transaction_checks.hpp"
#include "support/mysql.hpp"

using namespace polystore;
using namespace polystore::mysql;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { connection->query("CREATE TABLE t (x int PRIMARY KEY) ENGINE = InnoDB", soon()); }

  static Script insert(std::int64_t x) {
    return Script().add(Statement("INSERT INTO t VALUES ").open().int64(x).close());
  }

  std::int64_t count() const {
    return database.connect()->query("SELECT COUNT(*) FROM t", soon()).int64(0, 0);
  }

  ScratchDatabase database;
  std::unique_ptr<Connection> connection = database.connect();
};

}  // namespace

TEST_CASE("a transaction is visible from its commit on") {
  check_visible_from_its_commit_on<Transaction, Fixture>();
}

TEST_CASE("a transaction without commit leaves nothing, also with results still to come") {
  check_nothing_left_without_commit<Transaction, Fixture>();
}

TEST_CASE("a commit of a failed transaction is a failure") {
  check_commit_of_a_failed_one_is_a_failure<Transaction, Fixture>();
}

TEST_CASE("a transaction that failed begins anew when told, without what it had done") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(Fixture::insert(1), soon());
  CHECK_THROWS_AS(transaction.run(Fixture::insert(1), soon()), Error);
  transaction.restart();
  transaction.run(Fixture::insert(2), soon());
  transaction.commit(soon());
  CHECK(f.database.connect()->query("SELECT SUM(x) FROM t", soon()).int64(0, 0) == 2);
  {
    Transaction again(*f.connection);
    again.run(Fixture::insert(3), soon());
    again.restart();
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 1);
}

TEST_CASE("a transaction that the server has rolled back is not committed in part") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(Fixture::insert(1), soon());
  f.connection->query("ROLLBACK", soon());  // as a deadlock does
  f.connection->query("INSERT INTO t VALUES (9)", soon());
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.code() == ErrorCode::internal);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("a session ended before COMMIT was sent is a definite failure") {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(Fixture::insert(1), soon());
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
  auto statements = Fixture::insert(1);
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
  check_unanswered_commit_is_in_doubt<Transaction>(f, mysql_pid());
}

TEST_CASE("a commit after its deadline is not sent") {
  check_late_commit_is_not_sent<Transaction, Fixture>();
}

TEST_CASE("a lock that another transaction holds is waited for, but not past the limit") {
  Fixture f;
  const auto other = f.database.connect();
  Transaction holder(*other);
  holder.run(Fixture::insert(1), soon());
  for (const auto& [span, number] : {std::pair(500ms, "1969"), std::pair(1600ms, "1205")}) {
    Transaction waiter(*f.connection);
    check_ends_within(span, [&] {
      const Error error = error_of([&] { waiter.run(Fixture::insert(1), Deadline::after(span)); });
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
  first.run(Fixture::insert(1), soon());
  second.run(Fixture::insert(2), soon());
  first.send(Fixture::insert(2), soon());
  second.send(Fixture::insert(1), soon());
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
