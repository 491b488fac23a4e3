// Deadlocks, and transactions that hold what a put needs.
#include "polystore/postgres/connection.hpp"

#include "adapters/postgres/sql.hpp"
#include "fault/lock_checks.hpp"
#include "fault/postgres_store.hpp"

#include <future>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

/// Another program's session on the database.
class Other {
 public:
  explicit Other(const PostgresStore& f)
      : connection_(postgres::Connection::connect(
            postgres::ConnectOptions::from_url(f.postgres.url()), in(10s))) {}

  void run(const std::string& sql) const { connection_->query(sql, {}, in(10s)); }

  /// Inserts a row of the draft's id with other content, and does not commit.
  void hold(const Draft& draft) const {
    run("BEGIN");
    run("INSERT INTO models (name) VALUES ('old')");
    run("INSERT INTO ai_generated_content SELECT '" + draft.id->to_string() +
        "', 'old', '{}', id, now(), 1, 0, 0, 0, decode(repeat('00', 32), 'hex'), 1 FROM models "
        "WHERE name = 'old'");
  }

 private:
  std::unique_ptr<postgres::Connection> connection_;
};

bool some_deadlock(const PostgresStore& f) {
  return f.postgres.query(
             "SELECT deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()") ==
         "t";
}

Trigger sees(const std::string& sqlstate) { return {.seen_in = Flow::reply, .bytes = sqlstate}; }

}  // namespace

TEST_CASE("fault 11: 40P01 by opposite order does not come up with sorting") {
  PostgresStore f;
  put_in_opposite_order(f, 12);
  f.store.close();
  REQUIRE(becomes_true([&] { return f.sessions() == "0"; }));  // they have told their statistics
  CHECK_FALSE(some_deadlock(f));
  CHECK(f.rows() == "720");
}

TEST_CASE("fault 11: 40P01 injected is retried and not seen") {
  PostgresStore f;
  const auto told = f.proxy.arm(sees("40P01"));
  const Draft draft = draft_of("deadlock");  // with the tag "tag"
  const Other other(f);
  other.run("SET deadlock_timeout = '20s'");  // so that the store's session is the one given up
  other.run("BEGIN");
  other.run("INSERT INTO tags (name) VALUES ('tag')");
  auto put = std::async(std::launch::async, [&] { return f.store.put(draft, in(15s)); });
  REQUIRE(becomes_true([&] { return f.sessions("wait_event_type = 'Lock'") == "1"; }));
  // A lock that is handed on to the one who waits: the retry comes after us, and waits alone.
  other.run("SELECT pg_advisory_xact_lock(" + std::to_string(adapters::postgres::lock_class) +
            ", " + std::to_string(adapters::postgres::id_lock(*draft.id)) + ")");
  CHECK(f.proxy.await_passed(1, in(10s), told));
  other.run("ROLLBACK");
  CHECK(put.get() == *draft.id);
  f.check_stored_once(draft);
  CHECK(f.proxy.passed(told) == 1);
}

TEST_CASE("fault 12: an old transaction that holds the id is waited for and retried after 55P03") {
  PostgresStore f;
  check_holder_is_waited_for<Other>(f, sees("55P03"));
}

TEST_CASE("fault 12: an old transaction that keeps the id ends no call late and leaves no trace") {
  PostgresStore f;
  check_holder_ends_no_call_late<Other>(f);
}
