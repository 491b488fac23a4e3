// What the foreign keys of other schemas do is done by triggers and by the locks of a put (ADR 14).
#include "contract/postgres_metadata_fixture.hpp"

#include <future>

using namespace polystore;
using namespace polystore::test;
using ports::InsertStatus;
using ports::UpdateStatus;

namespace {

struct ReferencesFixture : PostgresFixture {
  void check_kept(const std::string& sql) const {
    INFO(sql);
    const Error error = error_of([&] { sql_session->query(sql, {}, soon()); });
    CHECK(error.native_code() == "23503");
    CHECK(port->find({}, soon()).size() == 1);
  }

  std::unique_ptr<postgres::Connection> sql_session = setup->schema.connect();
};

}  // namespace

TEST_CASE("postgres: SQL cannot take away what a content refers to") {
  const ReferencesFixture f;
  const auto row = ReferencesFixture::row("kept");
  REQUIRE(f.insert({row}).front() == InsertStatus::inserted);
  for (const auto* const table : {"users", "models", "tags"}) {
    f.check_kept(std::string("DELETE FROM ") + table);
  }
  f.check_kept("UPDATE users SET id = id + 1");
  f.check_kept("UPDATE ai_generated_content SET id = gen_random_uuid()");
  CHECK_NOTHROW(f.sql_session->query("UPDATE users SET id = id, name = 'Grace'", {}, soon()));

  f.sql_session->query("DELETE FROM ai_generated_content", {}, soon());
  CHECK(f.sql_session->query("SELECT FROM content_tags", {}, soon()).rows() == 0);
  for (const auto* const table : {"users", "models", "tags"}) {
    CHECK_NOTHROW(f.sql_session->query(std::string("DELETE FROM ") + table, {}, soon()));
  }
}

TEST_CASE("postgres: a put whose user is being removed waits, and is told that it is unknown") {
  const ReferencesFixture f;
  const auto row = ReferencesFixture::row("raced");
  const auto removing = f.setup->schema.connect();
  removing->query("BEGIN", {}, soon());
  removing->query("DELETE FROM users", {}, soon());
  auto put = std::async(std::launch::async, [&] { return f.insert({row}).front(); });
  f.setup->await_row_wait();
  removing->query("COMMIT", {}, soon());
  CHECK(put.get() == InsertStatus::unknown_user);
  CHECK(f.port->find({}, soon()).empty());
}

TEST_CASE("postgres: who removes what a put refers to waits for it, and is refused") {
  const ReferencesFixture f;
  const auto first = ReferencesFixture::row("first");
  for (const auto* const table : {"users", "models", "tags"}) {
    const auto put = f.port->begin(soon());
    const auto row = ReferencesFixture::row("raced");
    REQUIRE(f.insert({first}).front() != InsertStatus::conflict);  // the names are known
    f.sql_session->query("DELETE FROM ai_generated_content", {}, soon());
    put->start_insert({&row, 1}, soon());
    REQUIRE(put->finish_insert(soon()).front() == InsertStatus::inserted);
    const auto removing = f.setup->schema.connect();
    auto removed = std::async(std::launch::async, [&] {
      return error_of([&] { removing->query(std::string("DELETE FROM ") + table, {}, soon()); });
    });
    f.setup->await_row_wait();
    put->commit(soon());
    CHECK(removed.get().native_code() == "23503");
    CHECK(f.port->find({}, soon()).size() == 1);
    f.sql_session->query("DELETE FROM ai_generated_content", {}, soon());
  }
}

TEST_CASE("postgres: who removes what an update begins to refer to waits for it, and is refused") {
  const ReferencesFixture f;
  const auto row = ReferencesFixture::row("first");
  REQUIRE(f.insert({row}).front() == InsertStatus::inserted);
  f.sql_session->query("INSERT INTO models (name) VALUES ('next')", {}, soon());
  f.sql_session->query("INSERT INTO tags (name) VALUES ('next')", {}, soon());
  for (const auto* const table : {"models", "tags"}) {
    auto update = next_of(row.metadata);
    update.metadata.model = "next";
    update.metadata.tags = {"next"};
    const auto change = f.port->begin(soon());
    REQUIRE(change->update(update, soon()).status == UpdateStatus::updated);
    auto removed = std::async(std::launch::async, [&] {
      const auto removing = f.setup->schema.connect();
      return error_of([&] {
        removing->query(std::string("DELETE FROM ") + table + " WHERE name = 'next'", {}, soon());
      });
    });
    f.setup->await_row_wait();
    change->commit(soon());
    CHECK(removed.get().native_code() == "23503");
    f.sql_session->query("UPDATE ai_generated_content SET version = 1", {}, soon());
  }
}
