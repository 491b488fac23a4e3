#include "support/postgres.hpp"

using namespace polystore;
using namespace polystore::postgres;
using namespace polystore::test;
using namespace std::chrono_literals;

TEST_CASE("a statement on a stopped server ends by its deadline and the connection is not reused") {
  auto pool = make_pool(postgres_options());
  int stopped_pid = 0;
  {
    auto lease = pool.acquire(soon());
    stopped_pid = lease->backend_pid();
    const StoppedProcess stopped(stopped_pid);
    check_ends_within(300ms, [&] {
      const Error error =
          error_of([&] { (void)lease->query("SELECT 1", {}, Deadline::after(300ms)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::unknown);
    });
    CHECK_FALSE(lease->healthy());
    CHECK(error_of([&] { (void)lease->query("SELECT 1", {}, soon()); }).code() ==
          ErrorCode::closed);
  }
  auto lease = pool.acquire(soon());
  CHECK(lease->backend_pid() != stopped_pid);
  CHECK(lease->query("SELECT 1", {}, soon()).int64(0, 0) == 1);
}

TEST_CASE("a read that missed its deadline was certainly not applied") {
  const auto connection = connect_postgres();
  const StoppedProcess stopped(connection->backend_pid());
  const Error error = error_of([&] {
    (void)connection->run(Pipeline().add("SELECT 1"), Deadline::after(50ms), Phase::before_commit);
  });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("sending more than a stopped server takes ends by the deadline") {
  const auto connection = connect_postgres();
  const StoppedProcess stopped(connection->backend_pid());
  const std::vector<std::byte> large(std::size_t{16} << 20);
  const auto pipeline = Pipeline().add("SELECT length($1)", Params().bytea(large));
  check_ends_within(200ms, [&] {
    const Error error = error_of([&] { connection->send(pipeline, Deadline::after(200ms)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("an answer that never ends does not outlive the deadline") {
  const auto connection = connect_postgres();
  check_ends_within(300ms, [&] {
    const Error error = error_of([&] {
      (void)connection->query("SELECT repeat('x', 1000), generate_series(1, 2000000000)", {},
                              Deadline::after(300ms));
    });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("an expired deadline fails without waiting") {
  const auto connection = connect_postgres();
  check_ends_within(0ms, [&] {
    const Error error =
        error_of([&] { (void)connection->query("SELECT pg_sleep(5)", {}, Deadline::immediate()); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("the server gives up by itself before the deadline, and the connection lives on") {
  const auto connection = connect_postgres();
  Transaction transaction(*connection);
  const Error error = error_of(
      [&] { (void)transaction.run(Pipeline().add("SELECT pg_sleep(5)"), Deadline::after(500ms)); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.native_code() == "57014");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(connection->query("ROLLBACK", {}, soon()).command_tag() == "ROLLBACK");
}

TEST_CASE("destroying a transaction on a stopped server is bounded") {
  const auto connection = connect_postgres();
  std::optional<Transaction> transaction;
  transaction.emplace(*connection);
  transaction->run(Pipeline().add("SELECT 1"), Deadline::after(200ms));
  const StoppedProcess stopped(connection->backend_pid());
  check_ends_within(200ms, [&] { transaction.reset(); });
  CHECK_FALSE(connection->healthy());
}
