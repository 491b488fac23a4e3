// What can happen to a COMMIT and to its answer.
#include "fault/postgres_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <optional>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// The CommandComplete message.
const std::string committed = "C\0\0\0\x0b"s + "COMMIT\0"s;

Trigger on_request(Flow flow, const Fault& fault) {
  return {.seen_in = Flow::request, .bytes = "COMMIT\0"s, .flow = flow, .fault = fault};
}

Trigger on_reply(const Fault& fault) {
  return {.seen_in = Flow::reply, .bytes = committed, .flow = Flow::reply, .fault = fault};
}

// A put that ends by its deadline, done or in doubt.
void put_in_doubt(PostgresStore& f, const Draft& draft, std::chrono::milliseconds span) {
  check_ends_within(span, [&] {
    try {
      f.store.put(draft, in(span));
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.outcome() == Outcome::unknown);
      CHECK(error.retryable());
    }
  });
  CHECK(f.proxy.passed() == 1);
}

// A trigger function that acts for rows titled "bad", at the end of the transaction.
void at_commit(const PostgresStore& f, const std::string& body) {
  (void)f.postgres.query("CREATE SEQUENCE calls");
  (void)f.postgres.query("CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                         body + " RETURN NULL; END $$");
  (void)f.postgres.query(
      "CREATE CONSTRAINT TRIGGER act AFTER INSERT ON ai_generated_content DEFERRABLE INITIALLY "
      "DEFERRED FOR EACH ROW WHEN (NEW.title = 'bad') EXECUTE FUNCTION act()");
}

std::string raise(const std::string& sqlstate) {
  return "RAISE EXCEPTION 'told to' USING ERRCODE = '" + sqlstate + "';";
}

}  // namespace

TEST_CASE("fault 01: COMMIT reply black-holed ends by the deadline and a retry finds one content") {
  PostgresStore f;
  f.proxy.arm(on_request(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  put_in_doubt(f, draft, 1s);
  CHECK(f.store.put(draft) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 01: COMMIT reply black-holed is resolved while the deadline allows") {
  PostgresStore f;
  auto store = f.impatient(500ms);
  f.proxy.arm(on_request(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  check_ends_within(10s, [&] { CHECK(store.put(draft, in(10s)) == *draft.id); });
  CHECK(f.proxy.passed() == 1);
  f.check_stored_once(draft);
}

TEST_CASE("fault 02: COMMIT request black-holed is applied once by a retry") {
  PostgresStore f;
  f.proxy.arm(on_request(Flow::request, Fault::black_hole()));
  const Draft draft = draft_of("lost request");
  put_in_doubt(f, draft, 1s);
  CHECK(f.rows() == "0");
  // The server knows nothing of our end: the first transaction is open there, and holds the id.
  CHECK(f.sessions("state = 'idle in transaction'") == "1");
  CHECK(f.store.put(draft, in(15s)) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 02: COMMIT request that comes after the retry began is applied once") {
  PostgresStore f;
  auto store = f.impatient(500ms);
  f.proxy.arm(on_request(Flow::request, Fault::delay(1300ms)));
  const Draft draft = draft_of("late request");
  check_ends_within(10s, [&] { CHECK(store.put(draft, in(10s)) == *draft.id); });
  f.check_stored_once(draft);
}

TEST_CASE("fault 03: RST on the COMMIT reply or request is resolved over a new connection") {
  PostgresStore f;
  const Trigger triggers[] = {
      on_reply(Fault::reset()),
      on_reply(Fault::reset(Ends::client)),
      on_request(Flow::request, Fault::reset()),
      on_request(Flow::request, Fault::cut_after(3)),
  };
  for (const Trigger& trigger : triggers) {
    const auto armed = f.proxy.arm(trigger);
    const int connections = f.proxy.connections();
    const Draft draft = draft_of("reset");
    check_ends_within(10s, [&] { CHECK(f.store.put(draft, in(10s)) == *draft.id); });
    CHECK(f.proxy.passed(armed) >= 1);
    CHECK(f.proxy.connections() > connections);
    f.check_stored_once(draft);
    f.proxy.heal();
  }
}

TEST_CASE("fault 04: deferred error at COMMIT is a definite failure") {
  PostgresStore f;
  at_commit(f, raise("23503"));
  const Draft bad = draft_of("bad");
  const Error error = error_of([&] { f.store.put(bad, in(10s)); });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.native_code() == "23503");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK_FALSE(error.retryable());
  f.check_not_there(bad);
}

TEST_CASE("fault 04: deferred error at COMMIT fails its put alone") {
  PostgresStore f;
  at_commit(f, "");
  for (const char* sqlstate : {"23503", "23505", "23514", "P0001"}) {
    (void)f.postgres.query(
        "CREATE OR REPLACE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN " +
        raise(sqlstate) + " END $$");
    std::vector<Draft> drafts;
    for (int i = 0; i < 9; ++i) drafts.push_back(draft_of(i == 4 ? "bad" : "good"));
    const auto results = f.store.put_many(drafts, in(10s));
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO(sqlstate << " " << i);
      CHECK(results[i].error.has_value() == (i == 4));
      CHECK(f.store.get(*drafts[i].id).has_value() == (i != 4));
    }
    REQUIRE(results[4].error);
    CHECK(results[4].error->native_code() == sqlstate);
    CHECK(results[4].error->outcome() == Outcome::not_applied);
  }
}

TEST_CASE("fault 04: serialization error at COMMIT is retried and then a definite failure") {
  PostgresStore f;
  at_commit(f, "IF nextval('calls') <= 2 THEN " + raise("40001") + " END IF;");
  const Draft once = draft_of("bad");
  CHECK(f.store.put(once, in(10s)) == *once.id);
  f.check_stored_once(once);
  CHECK(f.postgres.query("SELECT last_value FROM calls") == "3");

  (void)f.postgres.query("ALTER SEQUENCE calls RESTART WITH -1000000 MINVALUE -1000000");
  const Draft never = draft_of("bad");
  check_ends_within(5s, [&] {
    const Error error = error_of([&] { f.store.put(never, in(5s)); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.native_code() == "40001");
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
  });
  f.check_not_there(never);
}

// The server answers the COMMIT of a failed transaction with success and the tag ROLLBACK. The
// store never sends one, so the proxy makes the server roll back.
TEST_CASE("fault 05: COMMIT answered with the tag ROLLBACK is reported as failure") {
  PostgresStore f;
  f.proxy.arm(on_request(Flow::request, Fault::rewrite("ABORT \0"s)));
  const Draft draft = draft_of("rolled back");
  const Error error = error_of([&] { f.store.put(draft, in(10s)); });
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.code() == ErrorCode::internal);
  CHECK(f.proxy.passed() == 1);
  f.check_not_there(draft);
  CHECK(f.store.put(draft) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 05: statement error is reported as failure and the session goes on") {
  PostgresStore f;
  const auto commits = f.proxy.arm(on_request(Flow::request, {}));
  (void)f.postgres.query("ALTER TABLE ai_generated_content ADD CHECK (title <> 'bad')");
  const Draft bad = draft_of("bad");
  const Error error = error_of([&] { f.store.put(bad, in(10s)); });
  CHECK(error.native_code() == "23514");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.proxy.passed(commits) == 0);
  const int connections = f.proxy.connections();
  f.check_not_there(bad);
  const Draft good = draft_of("good");
  CHECK(f.store.put(good) == *good.id);
  CHECK(f.proxy.connections() == connections);
  f.check_stored_once(good);
}
