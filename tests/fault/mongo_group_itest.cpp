// Groups of puts in which some cannot be stored: each caller gets what became of its own.
#include "adapters/mongo/factory.hpp"
#include "fault/mongo_store.hpp"
#include "support/errors.hpp"

#include <array>
#include <functional>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using ports::OutputStatus;
using test::draft_titled;
using test::has;

namespace {

std::vector<Draft> many_drafts(std::size_t count) {
  std::vector<Draft> drafts;
  for (std::size_t i = 0; i < count; ++i) drafts.push_back(draft_titled(std::to_string(i)));
  return drafts;
}

// The draft at `position` failed alone, and nothing of it is there.
void check_failed_alone(test::MongoStore& f, const std::vector<Draft>& drafts,
                        const std::vector<ItemResult<ContentId>>& results, std::size_t position) {
  REQUIRE(results.size() == drafts.size());
  std::size_t stored = 0;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (i != position && results[i].value == drafts[i].id && has(f.store, drafts[i])) ++stored;
  }
  CHECK(stored == drafts.size() - 1);
  CHECK_FALSE(results[position].value);
  CHECK_FALSE(f.store.get(*drafts[position].id));
  CHECK(f.postgres.query("SELECT count(*) FROM ai_generated_content WHERE id = '" +
                         drafts[position].id->to_string() + "'") == "0");
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

struct BadRow {
  const char* name;
  std::function<void(Draft&)> spoil;
  ErrorCode code;
  std::string field;
  std::string native_code;
};

void set_title(Draft& draft, std::string title) { draft.title = std::move(title); }

// What the facade refuses, what the library finds out in PostgreSQL, and what only the server
// knows: rules that the database's owner has added.
const std::vector<BadRow>& bad_rows() {
  using enum ErrorCode;
  static const std::vector<BadRow> rows{
      {"bad UTF-8", [](Draft& d) { set_title(d, "\xff"); }, invalid_argument, "title", ""},
      {"NUL", [](Draft& d) { d.tags = {std::string("a\0b", 3)}; }, invalid_argument, "tags", ""},
      {"unknown user", [](Draft& d) { d.user_id = 404; }, not_found, "user_id", ""},
      {"a CHECK", [](Draft& d) { set_title(d, "checked"); }, invalid_argument, "", "23514"},
      {"a range", [](Draft& d) { set_title(d, "ranged"); }, invalid_argument, "", "22003"},
      {"a foreign key", [](Draft& d) { set_title(d, "keyed"); }, not_found, "", "23503"},
      {"a late foreign key", [](Draft& d) { set_title(d, "late"); }, not_found, "", "23503"},
      {"\\u0000", [](Draft& d) { set_title(d, "escaped"); }, invalid_argument, "", "22P05"},
  };
  return rows;
}

constexpr const char* owners_rules = R"(
CREATE TABLE known_titles (title text PRIMARY KEY);
ALTER TABLE ai_generated_content
  ADD CHECK (title <> 'checked'),
  ADD CHECK (title <> 'ranged' OR (1e10 * version)::int4 > 0),
  ADD CHECK (title <> 'escaped' OR 
    ('["' || chr(92) || replace(title, 'escaped', 'u0000') || '"]')::jsonb ->> 0 <> ''),
  ADD late text GENERATED ALWAYS AS (CASE WHEN title = 'late' THEN title END) STORED
    REFERENCES known_titles DEFERRABLE INITIALLY DEFERRED,
  ADD keyed text GENERATED ALWAYS AS (CASE WHEN title = 'keyed' THEN title END) STORED
    REFERENCES known_titles)";

// One BSON document of exactly that size, with an _id and a version.
std::vector<std::byte> bson_of_size(const ContentId& id, std::size_t bytes) {
  constexpr std::size_t all_but_the_text = 59;
  const std::string text(bytes - all_but_the_text, 'x');
  mongo::Bson bson;
  bson_append_binary(bson.get(), "_id", -1, BSON_SUBTYPE_UUID, id.bytes().data(),
                     ContentId::size_bytes);
  bson_append_int64(bson.get(), "version", -1, 1);
  bson_append_utf8(bson.get(), "text", -1, text.c_str(), static_cast<int>(text.size()));
  REQUIRE(bson.get()->len == bytes);
  const auto* data = reinterpret_cast<const std::byte*>(bson_get_data(bson.get()));
  return {data, data + bytes};
}

}  // namespace

TEST_CASE("fault 13: one bad row of 100 fails alone, with its code") {
  test::MongoStore f;
  (void)f.postgres.query(owners_rules);
  for (const BadRow& bad : bad_rows()) {
    INFO(bad.name);
    auto drafts = many_drafts(100);
    constexpr std::size_t position = 37;
    bad.spoil(drafts[position]);
    const auto results = f.store.put_many(drafts);
    check_failed_alone(f, drafts, results, position);
    const Error& error = *results[position].error;
    CHECK(error.code() == bad.code);
    CHECK(error.field() == bad.field);
    CHECK(error.native_code() == bad.native_code);
    CHECK(error.outcome() == Outcome::not_applied);
  }
}

TEST_CASE("fault 14: an output of 17 MiB in a group is refused alone") {
  const auto id = ContentId::generate();
  test::check_refused("output", "16777216 bytes",
                      [&] { (void)Document::from_bson(bson_of_size(id, std::size_t{17} << 20)); });
  // As a document of its own it just fits; as a content it does not.
  test::MongoStore f;
  auto drafts = many_drafts(10);
  constexpr std::size_t position = 4;
  drafts[position].output = Document::from_bson(bson_of_size(id, limits::content_bytes));
  const auto results = f.store.put_many(drafts);
  check_failed_alone(f, drafts, results, position);
  CHECK(results[position].error->code() == ErrorCode::invalid_argument);
  CHECK(results[position].error->field() == "output");
}

TEST_CASE("fault 24: the outcomes of one bulk write reach the callers that they belong to") {
  test::MongoStore f;
  (void)f.mongo.command(R"({"collMod":"aiGenerated","validator":{"title":{"$ne":"bad"}}})");
  auto drafts = many_drafts(5);
  set_title(drafts[1], "bad");
  {
    // Documents without rows, as a writer leaves them that dies before its commit.
    const test::ScratchPostgres other;
    auto died = ContentStore::open({.metadata = other.url(), .outputs = f.mongo.url()});
    died.ensure_user(1, "Ada");
    died.put(drafts[2]);
    died.put(drafts[3]);
  }
  (void)f.mongo.command(
      R"({"update":"aiGenerated","updates":[{"q":{"title":"3"},"u":{"$inc":{"version":7}}}]})");
  const auto results = f.store.put_many(drafts);
  for (const std::size_t stored : {0U, 2U, 4U}) {
    CHECK(results[stored].value == drafts[stored].id);
    CHECK(has(f.store, drafts[stored]));
    CHECK(f.documents_titled(drafts[stored].title) == 1);
  }
  REQUIRE(results[1].error);
  CHECK(results[1].error->code() == ErrorCode::invalid_argument);
  CHECK(results[1].error->native_code() == "server/121");
  REQUIRE(results[3].error);
  CHECK(results[3].error->code() == ErrorCode::conflict);
  CHECK_FALSE(f.store.get(*drafts[1].id));
  CHECK_FALSE(f.store.get(*drafts[3].id));
  CHECK(f.store.find({}).items.size() == 3);
  CHECK(f.pending() == 0);
}

TEST_CASE("fault 24: a document that the server finds too large is refused alone") {
  const test::ScratchMongo mongo;
  const auto port = adapters::mongo::open_outputs(mongo.url());
  port->migrate(Deadline::after(20s));
  const std::array ids{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  const auto there = bson_of_size(ids[0], 100);
  const auto too_large = bson_of_size(ids[1], limits::content_bytes + 1024);
  const auto fits = bson_of_size(ids[2], 200);
  const ports::OutputDocument known{.id = ids[0], .bson = there};
  REQUIRE(port->write({&known, 1}, Deadline::after(20s)).front().status == OutputStatus::stored);
  const std::array documents{known, ports::OutputDocument{.id = ids[1], .bson = too_large},
                             ports::OutputDocument{.id = ids[2], .bson = fits}};
  const auto outcomes = port->write(documents, Deadline::after(20s));
  CHECK(outcomes[0].status == OutputStatus::stored);
  CHECK(outcomes[1].status == OutputStatus::rejected);
  CHECK(outcomes[1].error->code() == ErrorCode::invalid_argument);
  CHECK(outcomes[2].status == OutputStatus::stored);
  const auto found = port->read(ids, Deadline::after(20s));
  CHECK(found[0]);
  CHECK_FALSE(found[1]);
  CHECK(found[2]);
}
