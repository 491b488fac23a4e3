// Deadlocks, and transactions that hold what a put needs, on MariaDB.
#include "polystore/mysql/connection.hpp"

#include "fault/lock_checks.hpp"
#include "fault/mysql_store.hpp"

#include <future>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

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

// An error packet: its number in two bytes, and the mark before the SQLSTATE.
Trigger sees(unsigned number) {
  const std::string bytes{'\xFF', static_cast<char>(number & 0xFFU),
                          static_cast<char>(number >> 8U), '#'};
  return {.seen_in = Flow::reply, .bytes = bytes};
}

}  // namespace

TEST_CASE("fault 11: deadlocks by opposite order do not come up with sorting (MariaDB)") {
  MysqlStore f;
  const auto before = f.status("Innodb_deadlocks");
  put_in_opposite_order(f, 8);
  CHECK(f.status("Innodb_deadlocks") == before);
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
  check_holder_is_waited_for<Other>(f, sees(1969));  // max_statement_time, below a second
}

TEST_CASE("fault 12: an old transaction that keeps the id ends no call late (MariaDB)") {
  MysqlStore f;
  check_holder_ends_no_call_late<Other>(f);
}

TEST_CASE("fault 15: a batch of very many values is stored without a lost session (MariaDB)") {
  MysqlStore f;
  f.store.put(draft_of("first"));
  const int connections = f.proxy.connections();
  const auto drafts = drafts_of_many_values(600);
  for (const auto& result : f.store.put_many(drafts, in(60s))) CHECK_FALSE(result.error);
  CHECK(f.proxy.connections() <= connections + 1);  // the other lane's
  CHECK(f.rows() == "601");
  CHECK(f.mysql.query("SELECT COUNT(*) FROM content_tags") == "12001");
  CHECK(f.store.get(*drafts.back().id)->metadata.tags.size() == 20);
}
