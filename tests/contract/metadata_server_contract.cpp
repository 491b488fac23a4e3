// What every MetadataPort of a server promises beside metadata_contract.cpp: its schema, and what
// becomes of sessions that end.
#include "contract/metadata_server_contract.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"

#include <algorithm>

using namespace polystore;
using namespace std::chrono_literals;
using ports::InsertStatus;
using test::error_of;
using test::MetadataServerFixture;
using Fixture = test::MetadataServerTest;

std::unique_ptr<test::MetadataFixture> test::MetadataFixture::make() {
  return MetadataServerFixture::make();
}

TEST_CASE("many processes migrate an empty database at once") {
  const auto setup = MetadataServerFixture::make();
  std::vector<pid_t> children;
  for (int c = 0; c < 6; ++c) {
    children.push_back(test::start_child([&] {
      try {
        const auto port = setup->open();
        port->migrate(Fixture::soon());
        port->ensure_user(1, "Ada", Fixture::soon());
        return 0;
      } catch (const std::exception&) {
        return 1;
      }
    }));
  }
  for (const pid_t child : children) CHECK(test::status_of(child) == 0);
  // Each step once.
  CHECK(setup->number("SELECT COUNT(*) - MAX(version) FROM polystore_schema") == 0);
}

TEST_CASE("a newer schema and tables that are not ours are refused") {
  const Fixture f;
  f.setup->run("INSERT INTO polystore_schema (version) VALUES (1000)");
  const Error newer = error_of([&] { f.setup->open()->migrate(Fixture::soon()); });
  CHECK(newer.code() == ErrorCode::schema_mismatch);
  CHECK(newer.message().find("1000") != std::string::npos);

  for (const char* table : {"tags", "polystore_schema"}) {
    const auto foreign = MetadataServerFixture::make();
    foreign->run(std::string("CREATE TABLE ") + table + " (x int)");
    const Error error = error_of([&] { foreign->open()->migrate(Fixture::soon()); });
    CHECK(error.code() == ErrorCode::schema_mismatch);
    CHECK(foreign->tables() == 1);
  }
}

TEST_CASE("data that the server refuses is told as such, and leaves nothing") {
  const Fixture f;
  auto bad = Fixture::row("bad");
  for (const auto& title : {std::string(256, 'x'), std::string("\xff"), std::string("\\\xff")}) {
    bad.metadata.title = title;
    f.check_data_refused(bad);
  }
  CHECK(f.insert({Fixture::row("good")}).front() == InsertStatus::inserted);
}

TEST_CASE("a word longer than an index entry is stored and found") {
  const Fixture f;
  auto row = Fixture::row("long");
  std::string word;
  for (unsigned i = 0; i < 4000; ++i) {  // no compression helps against this
    word += static_cast<char>('a' + (i * i * 2654435761U >> 16) % 26);
  }
  row.title_words = {word, "zz"};
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
  CHECK(f.port->find({.title_words = {word, "zz"}}, Fixture::soon()).size() == 1);
  CHECK(f.port->find({.title_words = {"b" + word}}, Fixture::soon()).empty());
}

TEST_CASE("a session ended in the middle applies nothing, and the next one works") {
  const Fixture f;
  const auto row = Fixture::row("lost");
  const std::vector<std::byte> body(10);
  const ports::OutboxEntry entry{.id = row.metadata.id, .body = body};
  {
    const auto transaction = f.port->begin(Fixture::soon());
    transaction->start_insert({&row, 1}, Fixture::soon());
    CHECK(transaction->finish_insert(Fixture::soon()).front() == InsertStatus::inserted);
    transaction->enqueue({&entry, 1}, Fixture::soon());
    f.setup->end_enqueuing_session();
    const Error error = error_of([&] { transaction->commit(Fixture::soon()); });
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
  }
  CHECK_FALSE(f.state(row.metadata.id));
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 0);
  CHECK(f.insert({row}).front() == InsertStatus::inserted);
}

TEST_CASE("more bodies than one statement carries are queued in order, and claimed in parts") {
  const Fixture f;
  const std::vector<std::byte> body(std::size_t{7} << 20);
  std::vector<ports::OutboxEntry> entries(6);
  for (auto& entry : entries) entry = {.id = ContentId::generate(), .body = body};
  const auto transaction = f.port->begin(Fixture::soon());
  const auto sequences = transaction->enqueue(entries, Fixture::soon());
  transaction->commit(Fixture::soon());
  REQUIRE(sequences.size() == 6);
  CHECK(std::ranges::is_sorted(sequences));
  // What is claimed at once is bounded by bytes, too; the rest comes with the next call.
  const auto first = f.port->claim_outbox(10, 60s, Fixture::soon());
  const auto second = f.port->claim_outbox(10, 60s, Fixture::soon());
  CHECK(first.size() == 4);
  REQUIRE(second.size() == 2);
  CHECK(second[1].sequence == sequences[5]);
  CHECK(second[1].id == entries[5].id);
}
