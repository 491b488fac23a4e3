// What can happen to a COMMIT and to its answer.
#include "fault/commit_checks.hpp"
#include "fault/postgres_store.hpp"

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// The CommandComplete message.
const std::string committed = "C\0\0\0\x0b"s + "COMMIT\0"s;

Trigger on_reply(const Fault& fault) {
  return {.seen_in = Flow::reply, .bytes = committed, .flow = Flow::reply, .fault = fault};
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
  check_lost_reply_is_in_doubt<PostgresDatabase>();
}

TEST_CASE("fault 01: COMMIT reply black-holed is resolved while the deadline allows") {
  check_lost_reply_is_resolved<PostgresDatabase>();
}

TEST_CASE("fault 02: COMMIT request black-holed is applied once by a retry") {
  check_lost_request_is_applied_once<PostgresDatabase>();
}

TEST_CASE("fault 02: COMMIT request that comes after the retry began is applied once") {
  check_late_request_is_applied_once<PostgresDatabase>();
}

TEST_CASE("fault 03: RST on the COMMIT reply or request is resolved over a new connection") {
  check_resets_are_resolved<PostgresDatabase>({
      on_reply(Fault::reset()),
      on_reply(Fault::reset(Ends::client)),
      PostgresDatabase::on_commit(Flow::request, Fault::reset()),
      PostgresDatabase::on_commit(Flow::request, Fault::cut_after(3)),
  });
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
  f.proxy.arm(PostgresDatabase::on_commit(Flow::request, Fault::rewrite("ABORT \0"s)));
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
  check_statement_error_is_a_failure<PostgresDatabase>();
}
