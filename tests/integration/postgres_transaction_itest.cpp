#include "integration/transaction_checks.hpp"
#include "support/captured_stderr.hpp"
#include "support/postgres.hpp"

using namespace polystore;
using namespace polystore::postgres;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { connection->query("CREATE TABLE t(x int PRIMARY KEY)", {}, soon()); }

  static Pipeline insert(std::int64_t x) {
    return Pipeline().add("INSERT INTO t VALUES ($1)", Params().int64(x));
  }

  std::int64_t count() const {
    return schema.connect()->query("SELECT count(*) FROM t", {}, soon()).int64(0, 0);
  }

  ScratchSchema schema;
  std::unique_ptr<Connection> connection = schema.connect();
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

TEST_CASE("an error found by COMMIT itself is a definite failure") {
  Fixture f;
  f.connection->query("CREATE TABLE d(x int UNIQUE DEFERRABLE INITIALLY DEFERRED)", {}, soon());
  Transaction transaction(*f.connection);
  transaction.run(Pipeline().add("INSERT INTO d VALUES (1), (1)"), soon());
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("a session ended before COMMIT was sent is a definite failure, told silently") {
  Fixture f;
  const CapturedStderr captured;
  {
    Transaction transaction(*f.connection);
    transaction.run(Fixture::insert(1), soon());
    terminate_backend(f.connection->backend_pid());
    const Error error = error_of([&] { transaction.commit(soon()); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
    CHECK(error.native_code() == "57P01");
  }
  CHECK_FALSE(f.connection->healthy());
  CHECK(f.count() == 0);
  CHECK(captured.bytes() == 0);
}

TEST_CASE("a transaction that the server ended for being idle is a definite failure") {
  Fixture f;
  Transaction transaction(*f.connection);
  auto statements = Fixture::insert(1);
  statements.add("SET LOCAL idle_in_transaction_session_timeout = 50");
  transaction.run(std::move(statements), soon());
  while (f.connection->healthy() ||
         connect_postgres()
                 ->query("SELECT FROM pg_stat_activity WHERE pid = $1",
                         Params().int64(f.connection->backend_pid()), soon())
                 .rows() != 0) {
    usleep(5'000);
  }
  const Error error = error_of([&] { transaction.commit(soon()); });
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.native_code() == "25P03");
  CHECK(f.count() == 0);
}

TEST_CASE("a commit whose answer does not come is in doubt") {
  Fixture f;
  check_unanswered_commit_is_in_doubt<Transaction>(f, f.connection->backend_pid());
}

TEST_CASE("a commit after its deadline is not sent") {
  check_late_commit_is_not_sent<Transaction, Fixture>();
}

TEST_CASE("a lock that another transaction holds is waited for, but not past the limit") {
  Fixture f;
  const auto other = f.schema.connect();
  Transaction holder(*other);
  holder.run(Fixture::insert(1), soon());
  {
    Transaction waiter(*f.connection);
    const Error error = error_of([&] { waiter.run(Fixture::insert(1), Deadline::after(500ms)); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.native_code() == "55P03");
    CHECK(error.retryable());
  }
  CHECK(f.connection->healthy());
}
