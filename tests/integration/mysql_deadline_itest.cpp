#include "support/mysql.hpp"

#include <optional>
#include <vector>

using namespace polystore;
using namespace polystore::mysql;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

// More than the buffers of both ends take.
Statement large_statement() {
  return Statement("SELECT LENGTH(").bytes(std::vector<std::byte>(std::size_t{7} << 20)).sql(")");
}

}  // namespace

TEST_CASE("a statement on a stopped server ends by its deadline and the connection is not reused") {
  auto pool = make_pool(mysql_options());
  std::uint64_t late = 0;
  {
    auto lease = pool.acquire(soon());
    late = lease->session_id();
    {
      const StoppedProcess stopped(mysql_pid());
      check_ends_within(300ms, [&] {
        const Error error =
            error_of([&] { (void)lease->query("SELECT 1", Deadline::after(300ms)); });
        CHECK(error.code() == ErrorCode::deadline_exceeded);
        CHECK(error.outcome() == Outcome::unknown);
      });
    }
    CHECK_FALSE(lease->healthy());
    CHECK(error_of([&] { (void)lease->query("SELECT 1", soon()); }).code() == ErrorCode::closed);
  }
  auto lease = pool.acquire(soon());
  CHECK(lease->session_id() != late);
  CHECK(lease->query("SELECT 1", soon()).int64(0, 0) == 1);
}

TEST_CASE("connecting to a stopped server ends by the deadline") {
  const auto options = mysql_options();
  const StoppedProcess stopped(mysql_pid());
  for (const auto span : {0ms, 300ms}) {
    check_ends_within(span, [&] {
      const Error error =
          error_of([&] { (void)Connection::connect(options, Deadline::after(span)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
    });
  }
}

TEST_CASE("a read that missed its deadline was certainly not applied") {
  const auto connection = connect_mysql();
  const StoppedProcess stopped(mysql_pid());
  const Error error = error_of([&] {
    (void)connection->run(Script().add("SELECT 1"), Deadline::after(50ms), Phase::before_commit);
  });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::not_applied);
}

TEST_CASE("sending more than a stopped server takes ends by the deadline") {
  const auto connection = connect_mysql();
  const StoppedProcess stopped(mysql_pid());
  const auto script = Script().add(large_statement());
  check_ends_within(200ms, [&] {
    const Error error = error_of([&] { connection->send(script, Deadline::after(200ms)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("closing in the middle of an answer does not wait for its rest") {
  const auto connection = connect_mysql();
  connection->send(Script().add("SELECT REPEAT('x', 10000000), SLEEP(3)"), soon());
  check_ends_within(0ms, [&] { connection->close(); });
}

TEST_CASE("an answer that never ends does not outlive the deadline") {
  const auto connection = connect_mysql();
  check_ends_within(300ms, [&] {
    const Error error = error_of([&] {
      (void)connection->query("SELECT REPEAT('x', 1000) FROM seq_1_to_2000000000",
                              Deadline::after(300ms));
    });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("an expired deadline fails without waiting") {
  const auto connection = connect_mysql();
  check_ends_within(0ms, [&] {
    const Error error =
        error_of([&] { (void)connection->query("SELECT SLEEP(5)", Deadline::immediate()); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  });
}

TEST_CASE("the server gives up by itself before the deadline, and the connection lives on") {
  const auto connection = connect_mysql();
  Transaction transaction(*connection);
  const Error error = error_of([&] {
    (void)transaction.run(
        Script().add("SELECT COUNT(*) FROM seq_1_to_2000000000 WHERE MD5(seq) = 'x'"),
        Deadline::after(600ms));
  });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.native_code() == "1969");
  CHECK(error.outcome() == Outcome::not_applied);
  connection->query("ROLLBACK", soon());
  CHECK(connection->healthy());
}

TEST_CASE("destroying a transaction on a stopped server is bounded") {
  const auto connection = connect_mysql();
  std::optional<Transaction> transaction;
  transaction.emplace(*connection);
  transaction->run(Script().add("SELECT 1"), Deadline::after(500ms));
  const StoppedProcess stopped(mysql_pid());
  check_ends_within(500ms, [&] { transaction.reset(); });
  CHECK_FALSE(connection->healthy());
}
