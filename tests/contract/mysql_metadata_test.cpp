// What only the MySQL adapter can show: its schema, its server's faults.
#include "adapters/mysql/schema.hpp"
#include "contract/mysql_metadata_fixture.hpp"
#include "support/child.hpp"

#include <algorithm>
#include <future>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using ports::InsertStatus;

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
