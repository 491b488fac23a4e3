// What only the MySQL adapter can show: its schema, its server's faults.
#include "adapters/mysql/schema.hpp"
#include "contract/mysql_metadata_fixture.hpp"

#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using ports::InsertStatus;

namespace {

// In which a migration notes its steps.
void make_schema_table(mysql::Connection& connection) {
  connection.query(
      "CREATE TABLE polystore_schema (version bigint PRIMARY KEY, applied_at datetime(6) NOT NULL "
      "DEFAULT CURRENT_TIMESTAMP(6))",
      soon());
}

}  // namespace

TEST_CASE("mysql: a migration that ended half-way is gone on with") {
  const auto statements = adapters::mysql::migrations().front();
  for (std::size_t done = 0; done <= statements.size(); done += 3) {
    const ScratchDatabase database;
    const auto connection = database.connect();
    make_schema_table(*connection);
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

TEST_CASE("mysql: a database of the first version is brought up to date, also in two goes") {
  std::vector<std::string_view> later;  // the statements of the steps after the first
  const auto steps = adapters::mysql::migrations();
  for (const auto& step : steps.subspan(1)) later.insert(later.end(), step.begin(), step.end());
  REQUIRE(later.size() == 20);
  // How far they came before they ended; none is noted as done.
  for (const std::size_t done : {0U, 2U, 4U, 7U, 8U, 11U, 14U, 15U, 18U, 19U, 20U}) {
    const ScratchDatabase database;
    const auto connection = database.connect();
    make_schema_table(*connection);
    for (const auto sql : steps.front()) connection->query(mysql::Statement(sql), soon());
    auto row = MysqlFixture::row("old");
    row.metadata.tags = {"kept"};
    const auto insert = [&](std::string_view before, std::string_view after) {
      mysql::Statement statement(before);
      connection->query(statement.uuid(row.metadata.id.bytes()).sql(after), soon());
    };
    for (const auto* const sql : {"INSERT INTO users (id, name) VALUES (1, 'Ada')",
                                  "INSERT INTO models (id, name) VALUES (1, 'model')",
                                  "INSERT INTO tags (id, name) VALUES (1, 'kept')",
                                  "INSERT INTO polystore_locks SELECT seq FROM seq_0_to_63",
                                  "INSERT INTO polystore_schema (version) VALUES (1)"}) {
      connection->query(sql, soon());
    }
    insert(
        "INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, "
        "prompt_tokens, completion_tokens, latency_us, content_hash, version) VALUES (",
        ", 'old', 1, 1000, 1, 1, 2, 3, REPEAT('h', 32), 1)");
    insert("INSERT INTO content_tags VALUES (", ", 1)");
    insert("INSERT INTO content_title_words VALUES (", ", 'old')");
    for (std::size_t i = 0; i < done; ++i) {
      connection->query(mysql::Statement(later[i]), soon());
    }
    const auto port = open_metadata(url_in(database));
    port->migrate(soon());
    CHECK(port->find({.tenant = Tenant::shared()}, soon()) == std::vector{row.metadata});
    CHECK(port->find({.tags = {"kept"}}, soon()) == std::vector{row.metadata});
    CHECK(port->find({.title_words = {"old"}}, soon()) == std::vector{row.metadata});
    auto other = MysqlFixture::row("new");
    other.metadata.tenant = Tenant::named("acme");
    const auto transaction = port->begin(soon());
    transaction->start_insert({&other, 1}, soon());
    REQUIRE(transaction->finish_insert(soon()).front() == InsertStatus::inserted);
    transaction->commit(soon());
    CHECK(port->find({.tenant = other.metadata.tenant}, soon()) == std::vector{other.metadata});
  }
}

TEST_CASE("mysql: every table is InnoDB, and names are compared by all their bytes") {
  const MysqlFixture f;
  CHECK(f.setup->number(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
            "table_type = 'BASE TABLE' AND engine <> 'InnoDB'") == 0);
  for (const std::string name : {"name", "Name", "name ", "nàme"}) {
    auto row = MysqlFixture::row("row");
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
  auto row = MysqlFixture::row("AI-Powered News Summary");
  row.metadata.generated_at = Timestamp(1'700'000'000'123ms);
  f.insert({row});
  const auto flat = f.setup->database.connect()->query(
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
  for (int i = 0; i < 20; ++i) f.insert({MysqlFixture::row("row")});
  auto next = MysqlFixture::row("next");
  next.metadata.model = "next";
  f.insert({next});
  CHECK(f.setup->number("SELECT id FROM models WHERE name = 'next'") == 2);
}

TEST_CASE("mysql: SQL cannot take away what a content refers to") {
  const MysqlFixture f;
  f.insert({MysqlFixture::row("kept")});
  const auto connection = f.setup->database.connect();
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
  CHECK(f.insert({MysqlFixture::row("again")}).front() == InsertStatus::inserted);
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

TEST_CASE("mysql: a wrong URL is refused by name before anything connects") {
  check_refused("metadata", "not known", [] { (void)open_metadata("mysql://db/a?x=1"); });
  CHECK_NOTHROW(open_metadata("mysql://127.0.0.1:1/a"));
}
