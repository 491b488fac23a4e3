// MariaDB sessions that end or turn read-only under the store.
#include "fault/mysql_store.hpp"
#include "support/captured_stderr.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/put_history.hpp"

#include <future>
#include <sstream>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

void kill_all(const MysqlStore& f, const std::string& numbers) {
  std::istringstream list(numbers);
  for (std::string number; std::getline(list, number, ',');) {
    try {
      (void)f.mysql.query("KILL CONNECTION " + number);
    } catch (const std::exception&) {
      // it has ended by itself
    }
  }
}

std::string sessions(const MysqlStore& f) {
  return f.mysql.query(
      "SELECT GROUP_CONCAT(id) FROM information_schema.processlist WHERE db = DATABASE() AND id "
      "<> CONNECTION_ID()");
}

}  // namespace

TEST_CASE("fault 06: KILL while waiting for Mongo is retried and succeeds (MariaDB)") {
  MysqlStore f;
  const auto commits = f.proxy.arm({.seen_in = Flow::request, .bytes = "\x03"s + "COMMIT"});
  const auto before = f.status("Com_commit");
  const auto slow = MysqlStore::slow_insert(700ms);
  const std::vector<Draft> drafts{draft_of("a"), draft_of("b"), draft_of("c")};
  const CapturedStderr captured;
  auto put = std::async(std::launch::async, [&] { return f.store.put_many(drafts, in(10s)); });
  REQUIRE(becomes_true([&] { return !f.transactions("RUNNING").empty(); }, innodb_pause));
  kill_all(f, f.transactions());
  for (const auto& result : put.get()) CHECK_FALSE(result.error);
  // None was sent to the session that had ended: that would have left a doubt.
  // What is tried again may be committed in parts.
  const auto carried_out = f.status("Com_commit") - before;
  CHECK(f.proxy.passed(commits) == carried_out);
  CHECK(carried_out >= 1);
  for (const Draft& draft : drafts) f.check_stored_once(draft);
  CHECK(captured.bytes() == 0);
}

TEST_CASE("fault 09: a server that turns read-only 1290 is unavailable and recovers (MariaDB)") {
  MysqlStore f;
  // Not one who may write all the same.
  const std::string user = "u" + f.mysql.database().substr(f.mysql.database().size() - 12);
  (void)f.mysql.query("CREATE USER " + user + " IDENTIFIED BY 'pw'");
  (void)f.mysql.query("GRANT ALL ON " + f.mysql.database() + ".* TO " + user);
  std::string url = f.mysql.url();
  const auto begin = url.find("://") + 3;
  url.replace(begin, url.find('@') - begin, user + ":pw");
  {
    auto store = ContentStore::open(
        {.metadata = url, .outputs = f.mongo.url(), .responses = "memory:", .deadline = 10s});
    const Draft before = draft_of("before");
    store.put(before);
    const Draft draft = draft_of("read-only");
    (void)f.mysql.query("SET GLOBAL read_only = 1");
    for (int i = 0; i < 3; ++i) {
      const Error error = error_of([&] { store.put(draft, in(5s)); });
      INFO(error.what());
      CHECK(error.code() == ErrorCode::unavailable);
      CHECK(error.native_code() == "1290");
      CHECK(error.retryable());
      CHECK(error.outcome() == Outcome::not_applied);
    }
    CHECK(store.get(*before.id));
    CHECK_FALSE(store.get(*draft.id));
    (void)f.mysql.query("SET GLOBAL read_only = 0");
    store.put(draft, in(5s));
    f.check_stored_once(draft);
    f.check_stored_once(before);
  }
  (void)f.mysql.query("DROP USER " + user);
}

TEST_CASE("sessions that end at any moment lose no acknowledged put (MariaDB)") {
  MysqlStore f;
  PutHistory history;
  history.put_while(f.store, [&] {
    const auto end = in(2s);
    while (!end.expired()) {
      kill_all(f, sessions(f));
      std::this_thread::sleep_for(40ms);
    }
  });
  history.check(f.store);
}
