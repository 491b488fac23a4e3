// What can happen to a COMMIT on MariaDB and to its answer.
#include "fault/mysql_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// A message of its own: its length, its number, COM_QUERY.
const std::string commit = "\x07\0\0\0\x03"s + "COMMIT";

Trigger on_commit(Flow flow, const Fault& fault) {
  return {.seen_in = Flow::request, .bytes = commit, .flow = flow, .fault = fault};
}

// A put that ends by its deadline, done or in doubt.
void put_in_doubt(MysqlStore& f, const Draft& draft, std::chrono::milliseconds span) {
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

}  // namespace

TEST_CASE("fault 01: COMMIT reply black-holed, a retry finds one content (MariaDB)") {
  MysqlStore f;
  f.proxy.arm(on_commit(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  put_in_doubt(f, draft, 1s);
  CHECK(f.store.put(draft) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 01: COMMIT reply black-holed is resolved while the deadline allows (MariaDB)") {
  MysqlStore f;
  auto store = f.impatient(500ms);
  f.proxy.arm(on_commit(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  check_ends_within(10s, [&] { CHECK(store.put(draft, in(10s)) == *draft.id); });
  CHECK(f.proxy.passed() == 1);
  f.check_stored_once(draft);
}

TEST_CASE("fault 02: COMMIT request black-holed is applied once by a retry (MariaDB)") {
  MysqlStore f;
  f.proxy.arm(on_commit(Flow::request, Fault::black_hole()));
  const Draft draft = draft_of("lost request");
  put_in_doubt(f, draft, 1s);
  CHECK(f.rows() == "0");
  // The server knows nothing of our end: the first transaction is open there, and holds the id.
  CHECK_FALSE(f.transactions().empty());
  CHECK(f.store.put(draft, in(15s)) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 02: COMMIT request that comes after the retry is applied once (MariaDB)") {
  MysqlStore f;
  auto store = f.impatient(500ms);
  f.proxy.arm(on_commit(Flow::request, Fault::delay(1300ms)));
  const Draft draft = draft_of("late request");
  check_ends_within(10s, [&] { CHECK(store.put(draft, in(10s)) == *draft.id); });
  f.check_stored_once(draft);
}

TEST_CASE("fault 03: RST on the COMMIT reply or request is resolved (MariaDB)") {
  MysqlStore f;
  const Trigger triggers[] = {
      on_commit(Flow::reply, Fault::reset()),
      on_commit(Flow::reply, Fault::reset(Ends::client)),
      on_commit(Flow::request, Fault::reset()),
      on_commit(Flow::request, Fault::cut_after(3)),
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

TEST_CASE("fault 05: statement error is a failure and the session goes on (MariaDB)") {
  MysqlStore f;
  const auto commits = f.proxy.arm(on_commit(Flow::request, {}));
  (void)f.mysql.query("ALTER TABLE ai_generated_content ADD CHECK (title <> 'bad')");
  const Draft bad = draft_of("bad");
  const Error error = error_of([&] { f.store.put(bad, in(10s)); });
  CHECK(error.native_code() == "4025");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.proxy.passed(commits) == 0);
  const int connections = f.proxy.connections();
  f.check_not_there(bad);
  const Draft good = draft_of("good");
  CHECK(f.store.put(good) == *good.id);
  CHECK(f.proxy.connections() == connections);
  f.check_stored_once(good);
}

TEST_CASE("fault 13: one bad row of 100 fails alone, with its code (MariaDB)") {
  MysqlStore f;
  (void)f.mysql.query(
      "CREATE TABLE known_titles (title varchar(255) PRIMARY KEY) CHARACTER SET utf8mb4 COLLATE "
      "utf8mb4_nopad_bin");
  (void)f.mysql.query(
      "ALTER TABLE ai_generated_content ADD CHECK (title <> 'checked'), ADD keyed varchar(255), "
      "ADD FOREIGN KEY (keyed) REFERENCES known_titles (title)");
  (void)f.mysql.query(
      "CREATE TRIGGER act BEFORE INSERT ON ai_generated_content FOR EACH ROW BEGIN "
      "IF NEW.title = 'signalled' THEN SIGNAL SQLSTATE '45000'; END IF; "
      "IF NEW.title = 'keyed' THEN SET NEW.keyed = NEW.title; END IF; END");
  struct BadRow {
    const char* title;
    std::int64_t user_id;
    ErrorCode code;
    const char* native_code;
  };
  using enum ErrorCode;
  for (const BadRow& bad :
       {BadRow{"unknown user", 404, not_found, ""}, BadRow{"checked", 1, invalid_argument, "4025"},
        BadRow{"signalled", 1, invalid_argument, "1644"}, BadRow{"keyed", 1, not_found, "1452"}}) {
    INFO(bad.title);
    std::vector<Draft> drafts;
    for (int i = 0; i < 100; ++i) drafts.push_back(draft_of("good"));
    drafts[37].title = bad.title;
    drafts[37].user_id = bad.user_id;
    const auto results = f.store.put_many(drafts);
    for (std::size_t i = 0; i < results.size(); ++i)
      CHECK(results[i].error.has_value() == (i == 37));
    REQUIRE(results[37].error);
    CHECK(results[37].error->code() == bad.code);
    CHECK(results[37].error->native_code() == bad.native_code);
    CHECK(results[37].error->outcome() == Outcome::not_applied);
    f.check_not_there(drafts[37]);
    f.check_stored_once(drafts[99]);
  }
}
