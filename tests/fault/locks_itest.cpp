// Deadlocks, and transactions that hold what a put needs.
#include "polystore/postgres/connection.hpp"

#include "adapters/postgres/sql.hpp"
#include "fault/postgres_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <algorithm>
#include <future>
#include <vector>

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

std::vector<Draft> mixed_drafts() {
  std::vector<Draft> drafts;
  for (int i = 0; i < 60; ++i) {
    Draft draft = draft_of("mixed");
    draft.model = "model " + std::to_string(i % 7);
    draft.tags = {"tag " + std::to_string(i % 11), "tag " + std::to_string(i % 13)};
    drafts.push_back(draft);
  }
  return drafts;
}

Trigger sees(const std::string& sqlstate) { return {.seen_in = Flow::reply, .bytes = sqlstate}; }

}  // namespace

TEST_CASE("fault 11: 40P01 by opposite order does not come up with sorting") {
  PostgresStore f;
  {
    auto first = f.impatient(5s);
    auto second = f.impatient(5s);
    for (int round = 0; round < 12; ++round) {
      const std::vector<Draft> drafts = mixed_drafts();
      const std::vector<Draft> reversed(drafts.rbegin(), drafts.rend());
      auto one = std::async(std::launch::async, [&] { return first.put_many(drafts, in(10s)); });
      const auto two = second.put_many(reversed, in(10s));
      for (const auto& result : one.get()) CHECK_FALSE(result.error);
      for (const auto& result : two) CHECK_FALSE(result.error);
    }
  }
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
  auto store = f.impatient(600ms);
  for (const bool commits : {false, true}) {
    const auto told = f.proxy.arm(sees("55P03"));
    const Draft draft = draft_of("new");
    const Other old(f);
    old.hold(draft);
    auto put = std::async(std::launch::async, [&]() -> std::optional<Error> {
      try {
        store.put(draft, in(10s));
        return std::nullopt;
      } catch (const Error& error) {
        return error;
      }
    });
    CHECK(f.proxy.await_passed(1, in(10s), told));
    old.run(commits ? "COMMIT" : "ROLLBACK");
    REQUIRE(put.wait_for(10s) == std::future_status::ready);
    const auto error = put.get();
    CHECK(error.has_value() == commits);
    if (error) {
      CHECK(error->code() == ErrorCode::conflict);
      CHECK(error->outcome() == Outcome::not_applied);
      CHECK(f.rows(PostgresStore::id_is(draft) + " AND title = 'old'") == "1");
    } else {
      f.check_stored_once(draft);
    }
  }
}

TEST_CASE("fault 12: an old transaction that keeps the id ends no call late and leaves no trace") {
  PostgresStore f;
  const Draft draft = draft_of("new");
  const Other old(f);
  old.hold(draft);
  check_ends_within(1s, [&] {
    const Error error = error_of([&] { f.store.put(draft, in(1s)); });
    INFO(error.what());
    CHECK((error.code() == ErrorCode::unavailable || error.code() == ErrorCode::deadline_exceeded));
    CHECK(error.retryable());
  });
  f.check_not_there(draft);
  // Other ids are not held up, but by the model that both need: it is another one here.
  const Draft neighbour = draft_of("neighbour");
  CHECK(f.store.put(neighbour, in(5s)) == *neighbour.id);
  old.run("ROLLBACK");
  CHECK(f.store.put(draft, in(10s)) == *draft.id);
  f.check_stored_once(draft);
}
