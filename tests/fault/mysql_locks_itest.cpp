// Deadlocks, and transactions that hold what a put needs, on MariaDB.
#include "polystore/mysql/connection.hpp"

#include "fault/mysql_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// Another program's session on the database.
class Other {
 public:
  explicit Other(const MysqlStore& f)
      : connection_(
            mysql::Connection::connect(mysql::ConnectOptions::from_url(f.mysql.url()), in(10s))) {}

  void run(const std::string& sql) const { connection_->query(sql, in(10s)); }
  void send(const std::string& sql) const { connection_->send(mysql::Script().add(sql), in(10s)); }
  void receive() const { connection_->receive(in(10s)).check(); }

  /// Inserts a row of the draft's id with other content, and does not commit.
  void hold(const Draft& draft) const {
    run("INSERT INTO models (name) SELECT 'old' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM models "
        "WHERE name = 'old')");
    run("START TRANSACTION");
    run("INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, "
        "prompt_tokens, completion_tokens, latency_us, content_hash, version) SELECT " +
        MysqlStore::literal(draft) +
        ", 'old', id, 0, 1, 0, 0, 0, REPEAT('x', 32), 1 FROM models WHERE name = 'old'");
  }

 private:
  std::unique_ptr<mysql::Connection> connection_;
};

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

// An error packet: its number in two bytes, and the mark before the SQLSTATE.
Trigger sees(unsigned number) {
  const std::string bytes{'\xFF', static_cast<char>(number & 0xFFU),
                          static_cast<char>(number >> 8U), '#'};
  return {.seen_in = Flow::reply, .bytes = bytes};
}

std::string deadlocks(const MysqlStore& f) {
  return f.mysql.query(
      "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
      "'Innodb_deadlocks'");
}

}  // namespace

TEST_CASE("fault 11: deadlocks by opposite order do not come up with sorting (MariaDB)") {
  MysqlStore f;
  const std::string before = deadlocks(f);
  {
    auto first = f.impatient(5s);
    auto second = f.impatient(5s);
    for (int round = 0; round < 8; ++round) {
      const std::vector<Draft> drafts = mixed_drafts();
      const std::vector<Draft> reversed(drafts.rbegin(), drafts.rend());
      auto one = std::async(std::launch::async, [&] { return first.put_many(drafts, in(10s)); });
      const auto two = second.put_many(reversed, in(10s));
      for (const auto& result : one.get()) CHECK_FALSE(result.error);
      for (const auto& result : two) CHECK_FALSE(result.error);
    }
  }
  CHECK(deadlocks(f) == before);
  CHECK(f.rows() == "480");
}

TEST_CASE("fault 11: a deadlock that is injected is retried and not seen (MariaDB)") {
  MysqlStore f;
  const auto told = f.proxy.arm(sees(1213));
  const Draft draft = draft_of("deadlock");
  const Other other(f);
  // Has changed more than the store's transaction, so that that one is given up.
  other.run("CREATE TABLE weight (x int)");
  other.run("START TRANSACTION");
  other.run("INSERT INTO weight SELECT seq FROM seq_1_to_1000");
  other.run("SELECT id FROM users WHERE id = 1 FOR UPDATE");
  auto put = std::async(std::launch::async, [&] { return f.store.put(draft, in(15s)); });
  REQUIRE(becomes_true([&] { return !f.transactions("LOCK WAIT").empty(); }, innodb_pause));
  other.send("SELECT bucket FROM polystore_locks FOR UPDATE");
  CHECK(f.proxy.await_passed(1, in(10s), told));
  other.receive();
  other.run("ROLLBACK");
  CHECK(put.get() == *draft.id);
  f.check_stored_once(draft);
  CHECK(f.proxy.passed(told) == 1);
}

TEST_CASE("fault 12: an old transaction that holds the id is waited for and retried (MariaDB)") {
  MysqlStore f;
  auto store = f.impatient(600ms);
  for (const bool commits : {false, true}) {
    const auto told = f.proxy.arm(sees(1969));  // max_statement_time, below a second
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
      CHECK(f.rows(MysqlStore::id_is(draft) + " AND title = 'old'") == "1");
    } else {
      f.check_stored_once(draft);
    }
  }
}

TEST_CASE("fault 12: an old transaction that keeps the id ends no call late (MariaDB)") {
  MysqlStore f;
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
  // Other ids are not held up.
  const Draft neighbour = draft_of("neighbour");
  CHECK(f.store.put(neighbour, in(5s)) == *neighbour.id);
  old.run("ROLLBACK");
  CHECK(f.store.put(draft, in(10s)) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 15: a batch of very many values is stored without a lost session (MariaDB)") {
  MysqlStore f;
  f.store.put(draft_of("first"));
  const int connections = f.proxy.connections();
  std::vector<Draft> drafts;
  for (int i = 0; i < 600; ++i) {
    Draft draft = draft_of("many");
    for (int word = 0; word < 40; ++word) draft.title += " w" + std::to_string(word);
    draft.tags.clear();
    for (int tag = 0; tag < 20; ++tag) draft.tags.push_back("tag " + std::to_string(tag));
    drafts.push_back(std::move(draft));
  }
  for (const auto& result : f.store.put_many(drafts, in(60s))) CHECK_FALSE(result.error);
  CHECK(f.proxy.connections() <= connections + 1);  // the other lane's
  CHECK(f.rows() == "601");
  CHECK(f.mysql.query("SELECT COUNT(*) FROM content_tags") == "12001");
  CHECK(f.store.get(*drafts.back().id)->metadata.tags.size() == 20);
}
