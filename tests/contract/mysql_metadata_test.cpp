// What only the MySQL adapter can show: its schema, its locks, its server's faults.
#include "adapters/mysql/factory.hpp"
#include "adapters/mysql/schema.hpp"
#include "contract/metadata_fixture.hpp"
#include "support/child.hpp"
#include "support/mysql.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <future>
#include <thread>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using adapters::mysql::open_metadata;
using ports::InsertStatus;
using ports::UpdateStatus;

namespace {

struct MysqlFixture {
  MysqlFixture() {
    port->migrate(soon());
    port->ensure_user(1, "Ada", soon());
  }

  std::vector<InsertStatus> insert(const std::vector<ports::NewRow>& rows) const {
    const auto transaction = port->begin(soon());
    transaction->start_insert(rows, soon());
    auto statuses = transaction->finish_insert(soon());
    transaction->commit(soon());
    return statuses;
  }

  bool erase(const ContentId& id) const {
    const auto transaction = port->begin(soon());
    const bool found = transaction->erase({&id, 1}, soon()).front();
    transaction->commit(soon());
    return found;
  }

  /// Waits until a transaction waits for a lock of another one.
  void await_lock_wait() const {
    const auto admin = database.connect();
    REQUIRE(becomes_true(
        [&] {
          return admin
                     ->query(
                         "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK "
                         "WAIT'",
                         soon())
                     .rows() > 0;
        },
        innodb_pause));
  }

  ScratchDatabase database;
  std::unique_ptr<ports::MetadataPort> port = open_metadata(url_in(database));
};

ports::NewRow row_of(const std::string& title) { return MetadataPortTest::row(title); }

ports::RowUpdate next_of(const Metadata& metadata) {
  ports::RowUpdate update{.metadata = metadata, .token = ContentId::generate().bytes()};
  ++update.metadata.version;
  return update;
}

}  // namespace

TEST_CASE("mysql: many processes migrate an empty database at once") {
  const ScratchDatabase database;
  const std::string url = url_in(database);
  std::vector<std::future<int>> children;
  for (int c = 0; c < 4; ++c) {
    children.push_back(std::async(std::launch::async, [&] {
      return child_status([&] {
        try {
          const auto port = open_metadata(url);
          port->migrate(soon());
          port->ensure_user(1, "Ada", soon());
          return 0;
        } catch (const std::exception&) {
          return 1;
        }
      });
    }));
  }
  for (auto& child : children) CHECK(child.get() == 0);
  // Each step once.
  CHECK(database.connect()
            ->query("SELECT COUNT(*) = MAX(version) FROM polystore_schema", soon())
            .int64(0, 0) == 1);
}

TEST_CASE("mysql: a newer schema and tables that are not ours are refused") {
  const MysqlFixture f;
  f.database.connect()->query("INSERT INTO polystore_schema (version) VALUES (1000)", soon());
  const Error newer = error_of([&] { open_metadata(url_in(f.database))->migrate(soon()); });
  CHECK(newer.code() == ErrorCode::schema_mismatch);
  CHECK(newer.message().find("1000") != std::string::npos);

  for (const char* table : {"tags", "polystore_schema"}) {
    const ScratchDatabase foreign;
    foreign.connect()->query(std::string("CREATE TABLE ") + table + " (x int)", soon());
    const Error error = error_of([&] { open_metadata(url_in(foreign))->migrate(soon()); });
    CHECK(error.code() == ErrorCode::schema_mismatch);
    CHECK(foreign.connect()->query("SHOW TABLES", soon()).rows() == 1);
  }
}

TEST_CASE("mysql: a migration that ended half-way is gone on with") {
  const auto statements = adapters::mysql::migrations().front();
  for (std::size_t done = 0; done <= statements.size(); done += 3) {
    const ScratchDatabase database;
    const auto connection = database.connect();
    connection->query(
        "CREATE TABLE polystore_schema (version bigint PRIMARY KEY, applied_at datetime(6) NOT "
        "NULL DEFAULT CURRENT_TIMESTAMP(6))",
        soon());
    for (std::size_t i = 0; i < done; ++i) {
      connection->query(mysql::Statement(statements[i]), soon());
    }
    const auto port = open_metadata(url_in(database));
    port->migrate(soon());
    port->ensure_user(1, "Ada", soon());
    CHECK(ContentId::parse(port->identity(soon()).store_id));
    CHECK(connection->query("SELECT COUNT(*) FROM polystore_identity", soon()).int64(0, 0) == 1);
    CHECK(connection->query("SELECT COUNT(*) FROM polystore_locks", soon()).int64(0, 0) == 64);
  }
}

TEST_CASE("mysql: every table is InnoDB, and names are compared by all their bytes") {
  const MysqlFixture f;
  const auto connection = f.database.connect();
  CHECK(
      connection
          ->query("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                  "AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'",
                  soon())
          .int64(0, 0) == 0);
  for (const std::string name : {"name", "Name", "name ", "nàme"}) {
    auto row = row_of("row");
    row.metadata.model = name;
    row.metadata.tags = {name};
    row.title_words = {name};
    f.insert({row});
    for (const auto& params : {ports::FindParams{.model = name}, ports::FindParams{.tags = {name}},
                               ports::FindParams{.title_words = {name}}}) {
      const auto found = f.port->find(params, soon());
      REQUIRE(found.size() == 1);
      CHECK(found.front() == row.metadata);
    }
  }
}

TEST_CASE("mysql: the flat view shows a content as one row") {
  const MysqlFixture f;
  auto row = row_of("AI-Powered News Summary");
  row.metadata.generated_at = Timestamp(1'700'000'000'123ms);
  f.insert({row});
  const auto flat = f.database.connect()->query(
      "SELECT id, title, model_used, generated_at, user_id FROM ai_generated_content_flat", soon());
  REQUIRE(flat.rows() == 1);
  CHECK(flat.text(0, 0) == row.metadata.id.to_string());
  CHECK(flat.text(0, 1) == row.metadata.title);
  CHECK(flat.text(0, 2) == row.metadata.model);
  CHECK(flat.text(0, 3).starts_with("2023-11-14 22:13:20.123"));
  CHECK(flat.int64(0, 4) == row.metadata.user_id);
}

TEST_CASE("mysql: names that are there do not use up their numbers") {
  const MysqlFixture f;
  for (int i = 0; i < 20; ++i) f.insert({row_of("row")});
  auto next = row_of("next");
  next.metadata.model = "next";
  f.insert({next});
  CHECK(f.database.connect()
            ->query("SELECT id FROM models WHERE name = 'next'", soon())
            .int64(0, 0) == 2);
}

TEST_CASE("mysql: data that the server refuses is told as such, and leaves nothing") {
  const MysqlFixture f;
  auto bad = row_of("bad");
  for (const auto& title : {std::string(256, 'x'), std::string("\xff"), std::string("\\\xff")}) {
    bad.metadata.title = title;
    const auto transaction = f.port->begin(soon());
    const std::vector rows{row_of("good"), bad};
    transaction->start_insert(rows, soon());
    const Error error = error_of([&] { (void)transaction->finish_insert(soon()); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.outcome() == Outcome::not_applied);
  }
  CHECK(f.port->find({}, soon()).empty());
  CHECK(f.insert({row_of("good")}).front() == InsertStatus::inserted);
}

TEST_CASE("mysql: a word longer than an index entry is stored and found") {
  const MysqlFixture f;
  auto row = row_of("long");
  const std::string word(4000, 'w');
  row.title_words = {word, "zz"};
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
  CHECK(f.port->find({.title_words = {word, "zz"}}, soon()).size() == 1);
  CHECK(f.port->find({.title_words = {"b" + word}}, soon()).empty());
}

TEST_CASE("mysql: SQL cannot take away what a content refers to") {
  const MysqlFixture f;
  f.insert({row_of("kept")});
  const auto connection = f.database.connect();
  for (const auto* const table : {"users", "models", "tags"}) {
    const Error error =
        error_of([&] { connection->query(std::string("DELETE FROM ") + table, soon()); });
    CHECK(error.native_code() == "1451");
  }
  connection->query("DELETE FROM ai_generated_content", soon());
  CHECK(connection->query("SELECT 1 FROM content_tags", soon()).rows() == 0);
  CHECK(connection->query("SELECT 1 FROM content_title_words", soon()).rows() == 0);
  CHECK_NOTHROW(connection->query("DELETE FROM models", soon()));
  // A name that is gone is made known anew.
  CHECK(f.insert({row_of("again")}).front() == InsertStatus::inserted);
}

TEST_CASE("mysql: batches in opposite order and with the same new names never deadlock") {
  const MysqlFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(row_of("row " + std::to_string(i)));
    rows.back().metadata.model = "m" + std::to_string(i);
    rows.back().metadata.tags = {"t" + std::to_string(i)};
  }
  for (int round = 0; round < 10; ++round) {
    for (auto& row : rows) {
      row.metadata.id = ContentId::generate();
      row.metadata.model += "x";
      row.metadata.tags[0] += "x";
    }
    auto reversed = rows;
    std::ranges::reverse(reversed);
    auto first = std::async(std::launch::async, [&] { return f.insert(rows); });
    auto second = std::async(std::launch::async, [&] { return f.insert(reversed); });
    const auto count = [](const auto& statuses, InsertStatus status) {
      return std::ranges::count(statuses, status);
    };
    const auto one = first.get();
    const auto two = second.get();
    CHECK(count(one, InsertStatus::inserted) + count(two, InsertStatus::inserted) == 40);
    CHECK(count(one, InsertStatus::duplicate) + count(two, InsertStatus::duplicate) == 40);
  }
}

TEST_CASE("mysql: puts, updates and erases of a few rows at once never deadlock") {
  const MysqlFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(row_of("first"));
  f.insert(rows);
  ThreadFailures failed;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (int i = 0; i < 15; ++i) {
          const auto& old = rows[static_cast<std::size_t>(i + t) % rows.size()].metadata;
          const auto fresh = row_of("fresh");
          f.insert({fresh, row_of("more")});
          {
            const auto transaction = f.port->begin(soon());
            auto update = next_of(old);
            update.metadata.tags = {"b", "u" + std::to_string(i % 3)};
            update.title_words = {"w" + std::to_string(t)};
            update.metadata.version = f.port->read_states({&old.id, 1}, soon())[0]->version + 1;
            (void)transaction->update(update, soon());
            const ports::OutboxEntry entry{.id = old.id, .version = update.metadata.version};
            transaction->enqueue({&entry, 1}, soon());
            transaction->commit(soon());
          }
          if (!f.erase(fresh.metadata.id)) ++failed;
          for (const auto& claimed : f.port->claim_outbox(3, 1ms, soon())) {
            f.port->complete_outbox({&claimed.sequence, 1}, soon());
          }
        }
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
}

TEST_CASE("mysql: an erase of an id that a put is inserting waits, and erases it") {
  const MysqlFixture f;
  const auto row = row_of("raced");
  const auto put = f.port->begin(soon());
  put->start_insert({&row, 1}, soon());
  CHECK(put->finish_insert(soon()).front() == InsertStatus::inserted);
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  f.await_lock_wait();
  put->commit(soon());
  CHECK(erased.get());
  CHECK(f.port->find({}, soon()).empty());
  CHECK(f.insert({row}).front() == InsertStatus::erased);
}

TEST_CASE("mysql: a put of an id that is being erased waits, and is refused") {
  const MysqlFixture f;
  for (const bool there : {false, true}) {
    const auto row = row_of("raced");
    if (there) f.insert({row});
    const auto erase = f.port->begin(soon());
    CHECK(erase->erase({&row.metadata.id, 1}, soon()).front() == there);
    auto put = std::async(std::launch::async, [&] { return f.insert({row}).front(); });
    f.await_lock_wait();
    erase->commit(soon());
    CHECK(put.get() == InsertStatus::erased);
    CHECK(f.port->find({}, soon()).empty());
  }
}

TEST_CASE("mysql: a put whose user is being removed waits, and is told that it is unknown") {
  const MysqlFixture f;
  const auto row = row_of("raced");
  const auto removing = f.port->begin(soon());
  CHECK(removing->erase_user(1, 10, soon()).user_removed);
  auto put = std::async(std::launch::async, [&] { return f.insert({row, row_of("more")}); });
  f.await_lock_wait();
  removing->commit(soon());
  CHECK(put.get() == std::vector(2, InsertStatus::unknown_user));
}

TEST_CASE("mysql: a repeated put waits for the first one, and is told what became of it") {
  const MysqlFixture f;
  for (const bool committed : {true, false}) {
    const auto row = row_of("doubtful");
    auto first = f.port->begin(soon());
    first->start_insert({&row, 1}, soon());
    CHECK(first->finish_insert(soon()).front() == InsertStatus::inserted);
    auto repeated = std::async(std::launch::async, [&] {
      return f.insert({row, row_of("other")});
    });
    f.await_lock_wait();
    if (committed) first->commit(soon());
    first.reset();
    const auto status = committed ? InsertStatus::duplicate : InsertStatus::inserted;
    CHECK(repeated.get() == std::vector{status, InsertStatus::inserted});
  }
}

TEST_CASE("mysql: a repeated update waits for the first one, and is told what became of it") {
  const MysqlFixture f;
  for (const bool committed : {true, false}) {
    const auto row = row_of("doubtful");
    f.insert({row});
    const auto update = next_of(row.metadata);
    auto first = f.port->begin(soon());
    CHECK(first->update(update, soon()).status == UpdateStatus::updated);
    const auto second = f.port->begin(soon());
    auto repeated =
        std::async(std::launch::async, [&] { return second->update(update, soon()).status; });
    f.await_lock_wait();
    if (committed) first->commit(soon());
    first.reset();
    CHECK(repeated.get() == (committed ? UpdateStatus::repeated : UpdateStatus::updated));
  }
}

TEST_CASE("mysql: a session ended in the middle applies nothing, and the next one works") {
  const MysqlFixture f;
  const auto row = row_of("lost");
  const std::vector<std::byte> body(10);
  const ports::OutboxEntry entry{.id = row.metadata.id, .body = body};
  {
    const auto transaction = f.port->begin(soon());
    transaction->start_insert({&row, 1}, soon());
    CHECK(transaction->finish_insert(soon()).front() == InsertStatus::inserted);
    transaction->enqueue({&entry, 1}, soon());
    const auto open = f.database.connect()->query(
        "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx JOIN "
        "information_schema.processlist ON id = trx_mysql_thread_id WHERE db = DATABASE() AND "
        "trx_rows_modified > 0",
        soon());
    REQUIRE(open.rows() == 1);
    kill_session(static_cast<std::uint64_t>(open.int64(0, 0)));
    const Error error = error_of([&] { transaction->commit(soon()); });
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
  }
  CHECK_FALSE(f.port->read_states({&row.metadata.id, 1}, soon()).front());
  CHECK(f.port->outbox_stats(soon()).pending == 0);
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
}

TEST_CASE("mysql: a body longer than a message is queued whole, or refused where it can't be") {
  const auto admin = connect_mysql();
  const auto before = admin->query("SELECT @@global.max_allowed_packet", soon()).int64(0, 0);
  admin->query("SET GLOBAL max_allowed_packet = 1048576", soon());
  {
    const MysqlFixture f;
    std::vector<std::byte> body(std::size_t{1} << 20);
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::byte>(i * 7);
    const std::vector<std::byte> larger(body.size() + 1);
    const auto transaction = f.port->begin(soon());
    const std::vector<ports::OutboxEntry> entries{{.id = ContentId::generate(), .body = body},
                                                  {.id = ContentId::generate(), .body = {}}};
    const auto sequences = transaction->enqueue(entries, soon());
    transaction->commit(soon());
    const auto claimed = f.port->claim_outbox(10, 60s, soon());
    REQUIRE(claimed.size() == 2);
    CHECK(claimed[0].sequence == sequences[0]);
    CHECK((claimed[0].body == body));
    CHECK(claimed[1].body.empty());
    const ports::OutboxEntry refused{.id = ContentId::generate(), .body = larger};
    const auto other = f.port->begin(soon());
    const Error error = error_of([&] { other->enqueue({&refused, 1}, soon()); });
    CHECK(error.code() == ErrorCode::unsupported);
    CHECK(error.message().find("max_allowed_packet") != std::string::npos);
  }
  admin->query("SET GLOBAL max_allowed_packet = " + std::to_string(before), soon());
}

TEST_CASE("mysql: what is claimed at once is bounded by bytes, and the rest comes next") {
  const MysqlFixture f;
  const std::vector<std::byte> body(std::size_t{7} << 20);
  std::vector<ports::OutboxEntry> entries(6);
  for (auto& entry : entries) entry = {.id = ContentId::generate(), .body = body};
  const auto transaction = f.port->begin(soon());
  const auto sequences = transaction->enqueue(entries, soon());
  transaction->commit(soon());
  REQUIRE(sequences.size() == 6);
  CHECK(std::ranges::is_sorted(sequences));
  CHECK(f.port->claim_outbox(10, 60s, soon()).size() == 4);
  const auto second = f.port->claim_outbox(10, 60s, soon());
  REQUIRE(second.size() == 2);
  CHECK(second[1].sequence == sequences[5]);
  CHECK(second[1].id == entries[5].id);
}

TEST_CASE("mysql: a wrong URL is refused by name before anything connects") {
  check_refused("metadata", "not known", [] { (void)open_metadata("mysql://db/a?x=1"); });
  CHECK_NOTHROW(open_metadata("mysql://127.0.0.1:1/a"));
}
