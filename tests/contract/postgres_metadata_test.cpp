// What only the PostgreSQL adapter can show: its schema, its locks, its server's faults.
#include "adapters/postgres/factory.hpp"
#include "adapters/postgres/schema.hpp"
#include "contract/metadata_fixture.hpp"
#include "support/postgres.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <future>
#include <thread>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using adapters::postgres::open_metadata;
using ports::InsertStatus;
using ports::UpdateStatus;
using pq_params = polystore::postgres::Params;

namespace {

struct PgFixture {
  PgFixture() {
    port->migrate(soon());
    port->ensure_user(1, "Ada", soon());
  }

  std::vector<InsertStatus> insert(const std::vector<ports::NewRow>& rows) {
    const auto transaction = port->begin(soon());
    transaction->start_insert(rows, soon());
    auto statuses = transaction->finish_insert(soon());
    transaction->commit(soon());
    return statuses;
  }

  bool erase(const ContentId& id) {
    const auto transaction = port->begin(soon());
    const bool found = transaction->erase({&id, 1}, soon()).front();
    transaction->commit(soon());
    return found;
  }

  /// One number of one row.
  std::int64_t number(const std::string& sql) const {
    return schema.connect()->query(sql, {}, soon()).int64(0, 0);
  }

  ScratchSchema schema;
  std::unique_ptr<ports::MetadataPort> port = open_metadata(url_in(schema));
};

ports::NewRow row_of(const std::string& title) { return MetadataPortTest::row(title); }

ports::RowUpdate next_of(const Metadata& metadata) {
  ports::RowUpdate update{.metadata = metadata, .token = ContentId::generate().bytes()};
  ++update.metadata.version;
  return update;
}

/// Waits until a session waits for a lock in this schema's database.
void await_lock_wait(const std::unique_ptr<polystore::postgres::Connection>& admin, int count = 1) {
  const Deadline patience = soon();
  for (;;) {
    const auto waiting = admin->query(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM "
        "pg_database WHERE datname = current_database()) OR NOT granted AND locktype = "
        "'transactionid'",
        {}, soon());
    if (waiting.int64(0, 0) >= count) return;
    REQUIRE_FALSE(patience.expired());
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace

TEST_CASE("postgres: many processes migrate an empty database at once") {
  const ScratchSchema schema;
  std::vector<pid_t> children;
  for (int c = 0; c < 6; ++c) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int status = 0;
      try {
        const auto port = open_metadata(url_in(schema));
        port->migrate(soon());
        port->ensure_user(1, "Ada", soon());
      } catch (const std::exception&) {
        status = 1;
      }
      _exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  // Each step once.
  CHECK(schema.connect()
            ->query("SELECT count(*) = max(version) FROM polystore_schema", {}, soon())
            .boolean(0, 0));
}

TEST_CASE("postgres: a newer schema and tables that are not ours are refused") {
  PgFixture f;
  f.schema.connect()->query("INSERT INTO polystore_schema (version) VALUES (1000)", {}, soon());
  const Error newer = error_of([&] { open_metadata(url_in(f.schema))->migrate(soon()); });
  CHECK(newer.code() == ErrorCode::schema_mismatch);
  CHECK(newer.message().find("1000") != std::string::npos);

  const ScratchSchema foreign;
  foreign.connect()->query("CREATE TABLE tags (x int)", {}, soon());
  const Error error = error_of([&] { open_metadata(url_in(foreign))->migrate(soon()); });
  CHECK(error.code() == ErrorCode::schema_mismatch);
  CHECK(foreign.connect()
            ->query("SELECT count(*) FROM pg_tables WHERE schemaname = $1",
                    pq_params().text(foreign.name()), soon())
            .int64(0, 0) == 1);
}

TEST_CASE("postgres: a database of the first version is brought up to date with its rows") {
  const ScratchSchema schema;
  const auto connection = schema.connect();
  connection->query("CREATE TABLE polystore_schema (version bigint PRIMARY KEY)", {}, soon());
  for (const auto sql : adapters::postgres::migrations().front()) {
    connection->query(std::string(sql), {}, soon());
  }
  connection->query("INSERT INTO polystore_schema (version) VALUES (1)", {}, soon());
  connection->query("INSERT INTO users (id, name) VALUES (1, 'Ada')", {}, soon());
  const auto port = open_metadata(url_in(schema));
  const auto row = row_of("old");
  {
    const auto transaction = port->begin(soon());
    transaction->start_insert({&row, 1}, soon());
    REQUIRE(transaction->finish_insert(soon()).front() == InsertStatus::inserted);
    transaction->commit(soon());
  }
  port->migrate(soon());
  const auto transaction = port->begin(soon());
  CHECK(transaction->update(next_of(row.metadata), soon()).status == UpdateStatus::updated);
  transaction->commit(soon());
  CHECK(port->invalidate_scope(Scope::all(), 0, soon()) == 1);
}

TEST_CASE("postgres: the flat view shows a content as one row") {
  PgFixture f;
  const auto row = row_of("AI-Powered News Summary");
  f.insert({row});
  const auto flat = f.schema.connect()->query(
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
  PgFixture f;
  for (int i = 0; i < 20; ++i) f.insert({row_of("row")});
  CHECK(f.number("SELECT nextval(pg_get_serial_sequence('models', 'id'))") == 2);
  CHECK(f.number("SELECT nextval(pg_get_serial_sequence('tags', 'id'))") == 3);
}

TEST_CASE("postgres: data that the server refuses is told as such, and leaves nothing") {
  PgFixture f;
  auto bad = row_of("bad");
  bad.metadata.title = std::string(256, 'x');
  for (const auto& title : {std::string(256, 'x'), std::string("a\0b", 3), std::string("\xff")}) {
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

TEST_CASE("postgres: a word longer than an index entry is stored and found") {
  PgFixture f;
  auto row = row_of("long");
  std::string word;
  for (unsigned i = 0; i < 4000; ++i) {  // no compression helps against this
    word += static_cast<char>('a' + (i * i * 2654435761U >> 16) % 26);
  }
  row.title_words = {word, "zz"};
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
  CHECK(f.port->find({.title_words = {word, "zz"}}, soon()).size() == 1);
  CHECK(f.port->find({.title_words = {"b" + word}}, soon()).empty());
}

TEST_CASE("postgres: batches in opposite order never deadlock") {
  PgFixture f;
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

TEST_CASE("postgres: an erase of an id that a put is inserting waits, and erases it") {
  PgFixture f;
  const auto admin = connect_postgres();
  const auto row = row_of("raced");
  const auto put = f.port->begin(soon());
  put->start_insert({&row, 1}, soon());
  CHECK(put->finish_insert(soon()).front() == InsertStatus::inserted);
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  await_lock_wait(admin);
  put->commit(soon());
  CHECK(erased.get());
  CHECK(f.port->find({}, soon()).empty());
  CHECK(f.insert({row}).front() == InsertStatus::erased);
}

TEST_CASE("postgres: a put of an id that is being erased waits, and is refused") {
  PgFixture f;
  const auto admin = connect_postgres();
  for (const bool there : {false, true}) {
    const auto row = row_of("raced");
    if (there) f.insert({row});
    const auto erase = f.port->begin(soon());
    CHECK(erase->erase({&row.metadata.id, 1}, soon()).front() == there);
    auto put = std::async(std::launch::async, [&] { return f.insert({row}).front(); });
    await_lock_wait(admin);
    erase->commit(soon());
    CHECK(put.get() == InsertStatus::erased);
    CHECK(f.port->find({}, soon()).empty());
  }
}

TEST_CASE("postgres: an erase takes the outbox entry of an update that it waited for with it") {
  PgFixture f;
  const auto admin = connect_postgres();
  const auto row = row_of("raced");
  f.insert({row});
  const auto update = f.port->begin(soon());
  CHECK(update->update(next_of(row.metadata), soon()).status == UpdateStatus::updated);
  const ports::OutboxEntry entry{.id = row.metadata.id, .version = 2};
  update->enqueue({&entry, 1}, soon());
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  await_lock_wait(admin);
  update->commit(soon());
  CHECK(erased.get());
  CHECK(f.port->outbox_stats(soon()).pending == 0);
}

TEST_CASE("postgres: a repeated update waits for the first one, and is told what became of it") {
  PgFixture f;
  const auto admin = connect_postgres();
  for (const bool committed : {true, false}) {
    const auto row = row_of("doubtful");
    f.insert({row});
    const auto update = next_of(row.metadata);
    auto first = f.port->begin(soon());
    CHECK(first->update(update, soon()).status == UpdateStatus::updated);
    const auto second = f.port->begin(soon());
    auto repeated =
        std::async(std::launch::async, [&] { return second->update(update, soon()).status; });
    await_lock_wait(admin);
    if (committed) first->commit(soon());
    first.reset();
    CHECK(repeated.get() == (committed ? UpdateStatus::repeated : UpdateStatus::updated));
  }
}

TEST_CASE("postgres: a session ended in the middle applies nothing, and the next one works") {
  PgFixture f;
  const auto row = row_of("lost");
  const std::vector<std::byte> body(10);
  const ports::OutboxEntry entry{.id = row.metadata.id, .body = body};
  {
    const auto transaction = f.port->begin(soon());
    transaction->start_insert({&row, 1}, soon());
    CHECK(transaction->finish_insert(soon()).front() == InsertStatus::inserted);
    transaction->enqueue({&entry, 1}, soon());
    const auto pid = f.schema.connect()->query(
        "SELECT pid FROM pg_locks WHERE locktype = 'relation' AND relation = "
        "'polystore_outbox'::regclass AND pid <> pg_backend_pid()",
        {}, soon());
    REQUIRE(pid.rows() >= 1);
    terminate_backend(static_cast<int>(pid.int64(0, 0)));
    const Error error = error_of([&] { transaction->commit(soon()); });
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
  }
  CHECK_FALSE(f.port->read_states({&row.metadata.id, 1}, soon()).front());
  CHECK(f.port->outbox_stats(soon()).pending == 0);
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
}

TEST_CASE("postgres: more bodies than one statement carries are queued in order") {
  PgFixture f;
  const std::vector<std::byte> body(std::size_t{7} << 20);
  std::vector<ports::OutboxEntry> entries(6);
  for (auto& entry : entries) entry = {.id = ContentId::generate(), .body = body};
  const auto transaction = f.port->begin(soon());
  const auto sequences = transaction->enqueue(entries, soon());
  transaction->commit(soon());
  REQUIRE(sequences.size() == 6);
  CHECK(std::ranges::is_sorted(sequences));
  // What is claimed at once is bounded by bytes, too; the rest comes with the next call.
  const auto first = f.port->claim_outbox(10, 60s, soon());
  const auto second = f.port->claim_outbox(10, 60s, soon());
  CHECK(first.size() == 4);
  REQUIRE(second.size() == 2);
  CHECK(second[1].sequence == sequences[5]);
  CHECK(second[1].id == entries[5].id);
}

TEST_CASE("postgres: a wrong URL is refused by name before anything connects") {
  check_refused("metadata", "not known", [] { (void)open_metadata("postgresql://db/a?x=1"); });
  CHECK_NOTHROW(open_metadata("postgresql://127.0.0.1:1/a"));
}
