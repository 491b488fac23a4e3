#include "support/captured_stderr.hpp"
#include "support/postgres.hpp"

using namespace polystore;
using namespace polystore::postgres;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { connection->query("CREATE TABLE t(x int PRIMARY KEY)", {}, soon()); }

  std::int64_t count() const {
    return schema.connect()->query("SELECT count(*) FROM t", {}, soon()).int64(0, 0);
  }

  ScratchSchema schema;
  std::unique_ptr<Connection> connection = schema.connect();
};

Pipeline insert(std::int64_t x) {
  return Pipeline().add("INSERT INTO t VALUES ($1)", Params().int64(x));
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
    transaction.run(insert(1), soon());
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
  auto statements = insert(1);
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
  Transaction transaction(*f.connection);
  transaction.run(insert(1), soon());
  {
    const StoppedProcess stopped(f.connection->backend_pid());
    check_ends_within(200ms, [&] {
      const Error error = error_of([&] { transaction.commit(Deadline::after(200ms)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::unknown);
    });
  }
  // The request had reached the server, which carries it out when it goes on.
  const Deadline patience = soon();
  while (f.count() == 0 && !patience.expired()) usleep(5'000);
  CHECK(f.count() == 1);
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
  const auto other = f.schema.connect();
  Transaction holder(*other);
  holder.run(insert(1), soon());
  {
    Transaction waiter(*f.connection);
    const Error error = error_of([&] { waiter.run(insert(1), Deadline::after(500ms)); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.native_code() == "55P03");
    CHECK(error.retryable());
  }
  CHECK(f.connection->healthy());
}
