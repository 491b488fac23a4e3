// PostgreSQL sessions that end, stop or turn read-only under the store.
#include "fault/postgres_store.hpp"
#include "support/captured_stderr.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <iterator>
#include <sstream>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr const char* in_transaction = "state = 'idle in transaction'";

std::size_t count_commits(PostgresStore& f) {
  return f.proxy.arm({.seen_in = Flow::request, .bytes = "COMMIT\0"s});
}

std::vector<int> pids(const PostgresStore& f) {
  std::istringstream text(
      f.postgres.query("SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE datname = "
                       "current_database() AND pid <> pg_backend_pid()"));
  return {std::istream_iterator<int>(text), {}};
}

std::string is_one_of(const std::vector<int>& pids) {
  std::string list = "pid IN (0";
  for (const int pid : pids) list += "," + std::to_string(pid);
  return list + ")";
}

void check_late(const Error& error) {
  INFO(error.what());
  CHECK((error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
  CHECK(error.retryable());
}

void set_read_only(const PostgresStore& f, const std::string& change) {
  (void)f.postgres.query(
      "SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I " + change +
      "', current_database()); END $$");
}

}  // namespace

TEST_CASE("fault 06: pg_terminate_backend while waiting for Mongo is retried and succeeds") {
  PostgresStore f;
  const auto commits = count_commits(f);
  const auto answers = f.proxy.arm({.seen_in = Flow::reply, .bytes = "COMMIT\0"s});
  const auto slow = PostgresStore::slow_insert(700ms);
  const std::vector<Draft> drafts{draft_of("a"), draft_of("b"), draft_of("c")};
  auto put = std::async(std::launch::async, [&] { return f.store.put_many(drafts, in(10s)); });
  REQUIRE(becomes_true([&] { return f.sessions(in_transaction) == "1"; }));
  (void)f.postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
      "datname = current_database() AND "s +
      in_transaction);
  for (const auto& result : put.get()) CHECK_FALSE(result.error);
  // None was sent to the session that had ended: that would have left a doubt.
  CHECK(f.proxy.passed(commits) == f.proxy.passed(answers));
  CHECK(f.proxy.passed(answers) >= 1);
  for (const Draft& draft : drafts) f.check_stored_once(draft);
}

TEST_CASE("fault 07: idle_in_transaction_session_timeout fires and is retried in silence") {
  PostgresStore f;
  // The store sets its own limit first, which never fires while it runs.
  (void)f.postgres.query("CREATE SEQUENCE calls");
  (void)f.postgres.query(
      "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('calls') = 1 "
      "THEN PERFORM set_config('idle_in_transaction_session_timeout', '100', true); END IF; "
      "RETURN NULL; END $$");
  (void)f.postgres.query(
      "CREATE TRIGGER act AFTER INSERT ON ai_generated_content EXECUTE FUNCTION act()");
  const auto commits = count_commits(f);
  const auto fired = f.proxy.arm({.seen_in = Flow::reply, .bytes = "25P03"});
  const auto slow = PostgresStore::slow_insert(700ms);
  const Draft draft = draft_of("idle");
  {
    const CapturedStderr captured;
    CHECK(f.store.put(draft, in(10s)) == *draft.id);
    CHECK(captured.bytes() == 0);
  }
  CHECK(f.proxy.passed(fired) == 1);
  CHECK(f.proxy.passed(commits) == 1);
  f.check_stored_once(draft);
}

TEST_CASE("fault 09: PG becomes read-only 25006 is unavailable and recovers by itself") {
  PostgresStore f;
  const Draft before = draft_of("before");
  f.store.put(before);
  set_read_only(f, "SET default_transaction_read_only = on");
  (void)f.postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "s +
                         is_one_of(pids(f)));
  const Draft draft = draft_of("read-only");
  for (int i = 0; i < 4; ++i) {
    check_ends_within(5s, [&] {
      const Error error = error_of([&] { f.store.put(draft, in(5s)); });
      INFO(error.what());
      CHECK(error.code() == ErrorCode::unavailable);
      CHECK(error.native_code() == "25006");
      CHECK(error.retryable());
      CHECK(error.outcome() == Outcome::not_applied);
    });
  }
  CHECK(f.store.get(*before.id));
  CHECK_FALSE(f.store.get(*draft.id));
  set_read_only(f, "RESET default_transaction_read_only");
  // What was opened meanwhile stays read-only: it must not be used again.
  for (int i = 0; i < 4; ++i) {
    const Draft after = draft_of("after");
    f.store.put(after, in(5s));
    f.check_stored_once(after);
  }
  f.store.put(draft, in(5s));
  f.check_stored_once(draft);
  f.check_stored_once(before);
}

TEST_CASE("fault 10: SIGSTOP of a backend ends calls at their deadline and its session for good") {
  PostgresStore f;
  const Draft before = draft_of("before");
  f.store.put(before);
  const Draft draft = draft_of("stopped");
  std::vector<int> stopped_pids;
  {
    std::deque<StoppedProcess> stopped;
    const auto stop_all = [&] {
      for (const int pid : pids(f)) {
        if (std::ranges::count(stopped_pids, pid) > 0) continue;
        stopped_pids.push_back(pid);
        stopped.emplace_back(pid);
      }
    };
    stop_all();
    check_ends_within(300ms, [&] { check_late(error_of([&] { f.store.put(draft, in(300ms)); })); });
    CHECK(f.store.put(draft, in(10s)) == *draft.id);  // the stopped one is stopped still
    stop_all();
    check_ends_within(
        300ms, [&] { check_late(error_of([&] { (void)f.store.get(*draft.id, in(300ms)); })); });
    CHECK(f.store.get(*draft.id, in(10s)));
    CHECK(stopped.size() >= 2);
  }
  CHECK(becomes_true([&] { return f.sessions(is_one_of(stopped_pids)) == "0"; }));
  f.check_stored_once(before);
  f.check_stored_once(draft);
}
