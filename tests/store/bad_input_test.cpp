#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;
using test::error_of;

namespace {

struct Fixture {
  std::unique_ptr<test::StoreSetup> setup = test::StoreSetup::make();
  ContentStore store = ContentStore::open(setup->options());
};

Draft good() { return {.title = "title", .model = "model", .user_id = 1}; }

}  // namespace

TEST_CASE("a bad draft is refused whole, before anything is written") {
  Fixture f;
  f.store.ensure_user(1, "Ada");
  Draft draft = good();
  draft.title.clear();
  check_refused("title", "must not be empty", [&] { f.store.put(draft); });
  draft.title = std::string(256, 't');
  check_refused("title", "the limit is 255", [&] { f.store.put(draft); });
  draft.title = std::string("nul\0", 4);
  check_refused("title", "UTF-8", [&] { f.store.put(draft); });
  draft = good();
  draft.tags = {"\xff"};
  check_refused("tags", "UTF-8", [&] { f.store.put(draft); });
  check_refused("name", "UTF-8", [&] { f.store.ensure_user(2, "\xff"); });
  check_refused("user_id", "1 or more", [&] { f.store.ensure_user(0, "nobody"); });
  CHECK(f.store.find({}).items.empty());
}

TEST_CASE("an unknown user is named as the fault, and the put leaves nothing") {
  Fixture f;
  Draft draft = good();
  draft.id = ContentId::generate();
  const Error error = error_of([&] { f.store.put(draft); });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.field() == "user_id");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(std::string(error.what()).find("ensure_user") != std::string::npos);
  CHECK_FALSE(f.store.get(*draft.id));
  f.store.ensure_user(1, "Ada");
  CHECK(f.store.put(draft) == *draft.id);
}

TEST_CASE("a bad item of a batch fails alone") {
  Fixture f;
  f.store.ensure_user(1, "Ada");
  std::vector<Draft> drafts(6, good());
  drafts[1].title.clear();
  drafts[2].user_id = 999;
  drafts[4].tags = {std::string("a\0", 2)};
  const auto results = f.store.put_many(drafts);
  REQUIRE(results.size() == 6);
  CHECK(results[1].error->field() == "title");
  CHECK(results[2].error->field() == "user_id");
  CHECK(results[4].error->field() == "tags");
  for (const std::size_t i : {0U, 3U, 5U}) {
    REQUIRE(results[i].value);
    CHECK(f.store.get(*results[i].value)->metadata.title == "title");
  }
  CHECK(f.store.find({}).items.size() == 3);
}

TEST_CASE("an output of the deepest nesting and one just under 16 MiB are stored") {
  Fixture f;
  f.store.ensure_user(1, "Ada");
  std::string json = "1";
  for (std::size_t i = 0; i < limits::output_levels; ++i) json = R"({"a":)" + json + "}";
  Draft draft = good();
  draft.output = Document::from_json(json);
  CHECK(f.store.get(f.store.put(draft))->output == draft.output);

  draft.output = Document::from_json(R"({"text":")" +
                                     std::string(limits::content_bytes - 1024, 'x') + R"("})");
  const ContentId id = f.store.put(draft, Deadline::after(30s));
  CHECK(f.store.get(id, Deadline::after(30s))->output == draft.output);

  draft.output =
      Document::from_json(R"({"text":")" + std::string(limits::content_bytes - 64, 'x') + R"("})");
  check_refused("output", "16777216 bytes", [&] { f.store.put(draft); });
}

TEST_CASE("a response with a bad key, value or time to live is refused") {
  Fixture f;
  auto& responses = f.store.responses();
  check_refused("ttl", "1 millisecond", [&] { responses.set("k", "v", 0ms); });
  check_refused("ttl", "1 millisecond", [&] { responses.set("k", "v", -1s); });
  check_refused("ttl", "hours",
                [&] { responses.set("k", "v", std::chrono::hours(24 * 366 * 11)); });
  check_refused("key", "empty", [&] { (void)responses.get(""); });
  check_refused("key", "UTF-8", [&] { responses.erase("a\xff"); });
  CHECK_FALSE(responses.get("k"));
}

TEST_CASE("a closed store says so") {
  Fixture f;
  f.store.close();
  f.store.close();
  CHECK(error_of([&] { (void)f.store.find({}); }).code() == ErrorCode::closed);
  CHECK(error_of([&] { f.store.ensure_user(1, "Ada"); }).code() == ErrorCode::closed);
  CHECK(error_of([&] { (void)f.store.responses().get("k"); }).code() == ErrorCode::closed);
}
