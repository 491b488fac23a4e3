// What only the PostgreSQL adapter can show: its schema, its locks, its server's faults.
#include "adapters/postgres/schema.hpp"
#include "contract/postgres_metadata_fixture.hpp"

using namespace polystore;
using namespace polystore::test;
using ports::InsertStatus;
using ports::UpdateStatus;

TEST_CASE("postgres: a database of the first version is brought up to date with its rows") {
  const ScratchSchema schema;
  const auto connection = schema.connect();
  connection->query("CREATE TABLE polystore_schema (version bigint PRIMARY KEY)", {}, soon());
  for (const auto sql : adapters::postgres::metadata_schema().migrations.front()) {
    connection->query(std::string(sql), {}, soon());
  }
  connection->query("INSERT INTO polystore_schema (version) VALUES (1)", {}, soon());
  connection->query("INSERT INTO users (id, name) VALUES (1, 'Ada')", {}, soon());
  auto row = PostgresFixture::row("old");
  row.metadata.tags = {"kept"};
  const auto& id = row.metadata.id.bytes();
  connection->query("INSERT INTO models (name) VALUES ('model')", {}, soon());
  connection->query("INSERT INTO tags (name) VALUES ('kept')", {}, soon());
  connection->query(
      "INSERT INTO ai_generated_content (id, title, title_words, model_id, generated_at, user_id, "
      "prompt_tokens, completion_tokens, latency_us, content_hash, version) "
      "VALUES ($1, 'old', '{old}', 1, to_timestamp(1), 1, 1, 2, 3, sha256(''), 1)",
      postgres::Params().uuid(id), soon());
  connection->query("INSERT INTO content_tags VALUES ($1, 1)", postgres::Params().uuid(id), soon());
  const auto port = open_metadata(url_in(schema));
  port->migrate(soon());
  CHECK(port->find({.tenant = Tenant::shared()}, soon()) == std::vector{row.metadata});
  CHECK(port->find({.tags = {"kept"}}, soon()) == std::vector{row.metadata});
  const auto transaction = port->begin(soon());
  CHECK(transaction->update(next_of(row.metadata), soon()).status == UpdateStatus::updated);
  transaction->commit(soon());
  CHECK(port->invalidate_scope(Scope::all(), 0, soon()) == 1);
}

TEST_CASE("postgres: the flat view shows a content as one row") {
  const PostgresFixture f;
  const auto row = PostgresFixture::row("AI-Powered News Summary");
  f.insert({row});
  const auto flat = f.setup->schema.connect()->query(
      "SELECT id, title, model_used, generated_at, user_id FROM ai_generated_content_flat", {},
      soon());
  REQUIRE(flat.rows() == 1);
  CHECK(flat.uuid(0, 0) == row.metadata.id.bytes());
  CHECK(flat.text(0, 1) == row.metadata.title);
  CHECK(flat.text(0, 2) == row.metadata.model);
  CHECK(flat.timestamptz(0, 3) == row.metadata.generated_at);
  CHECK(flat.int64(0, 4) == row.metadata.user_id);
}

TEST_CASE("postgres: names that are there do not use up their sequences") {
  const PostgresFixture f;
  for (int i = 0; i < 20; ++i) f.insert({PostgresFixture::row("row")});
  CHECK(f.setup->number("SELECT nextval(pg_get_serial_sequence('models', 'id'))") == 2);
  CHECK(f.setup->number("SELECT nextval(pg_get_serial_sequence('tags', 'id'))") == 3);
}

TEST_CASE("postgres: a title with a NUL is refused as data, and leaves nothing") {
  const PostgresFixture f;
  auto bad = PostgresFixture::row("bad");
  bad.metadata.title = std::string("a\0b", 3);
  f.check_data_refused(bad);
  CHECK(f.insert({PostgresFixture::row("good")}).front() == InsertStatus::inserted);
}

TEST_CASE("postgres: a wrong URL is refused by name before anything connects") {
  check_refused("metadata", "not known", [] { (void)open_metadata("postgresql://db/a?x=1"); });
  CHECK_NOTHROW(open_metadata("postgresql://127.0.0.1:1/a"));
}
