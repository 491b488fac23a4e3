// What SQLite alone promises: one transaction for metadata and outputs, and files that several
// processes share.
#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/factory.hpp"
#include "adapters/sqlite/schema.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

Deadline soon() { return Deadline::after(30s); }

ports::NewRow new_row() {
  ports::NewRow row{
      .metadata = {.id = ContentId::generate(), .title = "title", .model = "model", .user_id = 1}};
  row.hash.fill(1);
  return row;
}

struct Colocated {
  explicit Colocated(const test::TemporaryFolder& folder)
      : stores(adapters::sqlite::open_colocated(folder.sqlite_url())) {
    stores.metadata->migrate(soon());
    stores.outputs->migrate(soon());
    stores.metadata->ensure_user(1, "Ada", soon());
  }

  // A row and its output in one transaction, not committed.
  std::unique_ptr<ports::MetadataTransaction> write(const ports::NewRow& row) {
    auto transaction = stores.metadata->begin(soon());
    transaction->start_insert({&row, 1}, soon());
    REQUIRE(transaction->finish_insert(soon()).front() == ports::InsertStatus::inserted);
    const std::array<std::byte, 5> body{};
    const ports::OutputDocument document{row.metadata.id, 1, body};
    REQUIRE(transaction->colocated_outputs() != nullptr);
    const auto outcomes = transaction->colocated_outputs()->write({&document, 1}, soon());
    REQUIRE(outcomes.front().status == ports::OutputStatus::stored);
    return transaction;
  }

  bool has_row(const ContentId& id) {
    return stores.metadata->read_states({&id, 1}, soon()).front().has_value();
  }
  bool has_output(const ContentId& id) {
    return stores.outputs->read({&id, 1}, soon()).front().has_value();
  }

  ports::ContentPorts stores;
};

}  // namespace

TEST_CASE("metadata and output in one file are committed, or rolled back, together") {
  const test::TemporaryFolder folder;
  Colocated f(folder);
  const auto dropped = new_row();
  (void)f.write(dropped);
  CHECK_FALSE(f.has_row(dropped.metadata.id));
  CHECK_FALSE(f.has_output(dropped.metadata.id));
  const auto kept = new_row();
  f.write(kept)->commit(soon());
  CHECK(f.has_row(kept.metadata.id));
  CHECK(f.has_output(kept.metadata.id));
}

TEST_CASE("a writer that is killed in the middle leaves nothing, and holds up nobody") {
  const test::TemporaryFolder folder;
  const auto row = new_row();
  std::array<int, 2> ready{};
  REQUIRE(pipe(ready.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Colocated writer(folder);
    const auto transaction = writer.write(row);
    (void)!write(ready[1], "x", 1);
    pause();
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  Colocated f(folder);
  CHECK_FALSE(f.has_row(row.metadata.id));
  CHECK_FALSE(f.has_output(row.metadata.id));
  f.write(row)->commit(soon());
  CHECK(f.has_row(row.metadata.id));
}

TEST_CASE("several processes may bring one new file up to date at once") {
  const test::TemporaryFolder folder;
  std::array<pid_t, 4> children{};
  for (auto& child : children) {
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        adapters::sqlite::open_metadata(folder.sqlite_url())->migrate(soon());
        _exit(0);
      } catch (const Error&) {
        _exit(1);
      }
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

TEST_CASE("a writer in another process is waited for until the deadline, and no longer") {
  const test::TemporaryFolder folder;
  Colocated holder(folder);
  Colocated other(folder);
  const auto transaction = holder.stores.metadata->begin(soon());
  for (const auto span : {0ms, 50ms, 300ms}) {
    const auto start = Deadline::Clock::now();
    const Error error = test::error_of(
        [&] { other.stores.metadata->ensure_user(2, "Grace", Deadline::after(span)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.retryable());
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(Deadline::Clock::now() - start < span + 100ms);
  }
  CHECK_FALSE(other.has_row(ContentId::generate()));  // readers do not wait for writers
}

TEST_CASE("a file that is newer than the library is refused") {
  const test::TemporaryFolder folder;
  { const Colocated made(folder); }
  const auto connection = polystore::sqlite::Connection::open(
      {.path = (folder.path() / "polystore.db").string()}, soon());
  connection->execute("UPDATE polystore_schema SET version = 9999", soon());
  const Error error = test::error_of(
      [&] { adapters::sqlite::open_metadata(folder.sqlite_url())->migrate(soon()); });
  CHECK(error.code() == ErrorCode::schema_mismatch);
  CHECK(std::string(error.what()).find("9999") != std::string::npos);
}

TEST_CASE("the flat view shows one row per content to other programs") {
  const test::TemporaryFolder folder;
  Colocated f(folder);
  auto row = new_row();
  row.metadata.generated_at = Timestamp(1'700'000'000'123ms);
  f.write(row)->commit(soon());
  const auto connection = polystore::sqlite::Connection::open(
      {.path = (folder.path() / "polystore.db").string()}, soon());
  auto statement = connection->prepare(
      "SELECT id, title, model_used, generated_at, user_id FROM ai_generated_content_flat", soon());
  REQUIRE(statement.step());
  CHECK(statement.text(0) == row.metadata.id.to_string());
  CHECK(statement.text(1) == "title");
  CHECK(statement.text(2) == "model");
  CHECK(statement.text(3) == "2023-11-14T22:13:20.123Z");
  CHECK(statement.integer(4) == 1);
}

TEST_CASE("a SQLite file of the first version is brought up to date with its rows") {
  const test::TemporaryFolder folder;
  const auto options = polystore::sqlite::ConnectOptions::from_url(folder.sqlite_url(), "metadata");
  adapters::sqlite::Database(options).migrate(
      "metadata", std::span(adapters::sqlite::metadata_steps).first(1), soon());
  auto row = new_row();
  row.metadata.generated_at = Timestamp(1000ms);
  row.metadata.tags = {"kept"};
  {
    const auto connection = polystore::sqlite::Connection::open(options, soon());
    connection->execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ada');"
        "INSERT INTO models (id, name) VALUES (1, 'model');"
        "INSERT INTO tags (id, name) VALUES (1, 'kept')",
        soon());
    for (const char* const sql :
         {"INSERT INTO ai_generated_content VALUES (?, 'title', 1, 1000, 1, 0, 0, 0, "
          "zeroblob(32), 1)",
          "INSERT INTO content_tags VALUES (?, 1)",
          "INSERT INTO content_title_words VALUES (?, 'title')"}) {
      connection->prepare(sql, soon()).bind(row.metadata.id.bytes()).run();
    }
  }
  const auto metadata = adapters::sqlite::open_metadata(folder.sqlite_url());
  metadata->migrate(soon());
  CHECK(metadata->find({.tenant = Tenant::shared()}, soon()) == std::vector{row.metadata});
  CHECK(metadata->find({.tags = {"kept"}}, soon()) == std::vector{row.metadata});
  CHECK(metadata->find({.title_words = {"title"}}, soon()) == std::vector{row.metadata});
  ports::RowUpdate update{.metadata = row.metadata};
  ++update.metadata.version;
  const auto transaction = metadata->begin(soon());
  CHECK(transaction->update(update, soon()).status == ports::UpdateStatus::updated);
  transaction->commit(soon());
  CHECK(metadata->invalidate_scope(Scope::all(), 0, soon()) == 1);
}
