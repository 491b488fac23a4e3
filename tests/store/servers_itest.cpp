// What other programs see in the servers after the store has written, and what a stopped server
// does to a call.
#include "polystore/polystore.hpp"

#include "support/errors.hpp"
#include "support/server_stores.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { store.ensure_user(1023, "Ada"); }

  test::ScratchPostgres postgres;
  test::ScratchMongo mongo;
  test::ScratchRedis redis;
  ContentStore store = ContentStore::open(test::options_on(postgres, mongo, redis));
};

Draft news() {
  return {.title = "AI-Powered News Summary",
          .model = "GPT-4",
          .user_id = 1023,
          .output = Document::from_json(R"({"summary":"all of it"})"),
          .tags = {"news"},
          .generated_at = Timestamp(1'700'000'000'000ms)};
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the normalised rows are what SQL clients expect") {
  Fixture f;
  const ContentId id = f.store.put(news());
  CHECK(
      f.postgres.query("SELECT id || '|' || title || '|' || model_used || '|' || user_id || '|' || "
                       "extract(epoch FROM generated_at)::bigint FROM ai_generated_content_flat") ==
      id.to_string() + "|AI-Powered News Summary|GPT-4|1023|1700000000");
  CHECK(f.postgres.query("SELECT character_maximum_length || is_nullable FROM "
                         "information_schema.columns WHERE table_name = 'ai_generated_content' AND "
                         "column_name = 'title'") == "255NO");
  CHECK(f.postgres.query("SELECT t.name FROM content_tags c JOIN tags t ON t.id = c.tag_id") ==
        "news");
  CHECK(f.postgres.query("SELECT name FROM users WHERE id = 1023") == "Ada");
}

TEST_CASE("the read copy is what MongoDB clients expect") {
  Fixture f;
  f.store.put(news());
  const std::string found = f.mongo.command(R"({"find":"aiGenerated","filter":{"userId":1023}})");
  for (const char* part : {R"("title" : "AI-Powered News Summary")", R"("modelUsed" : "GPT-4")",
                           R"("userId" : 1023)", R"("tags" : [ "news" ])",
                           R"("output" : { "summary" : "all of it" })", "2023-11-14T22:13:20Z"}) {
    CHECK(contains(found, part));
  }
  const std::string indexes = f.mongo.command(R"({"listIndexes":"aiGenerated"})");
  for (const char* key :
       {R"("userId" : 1, "generatedAt" : -1)", R"("modelUsed" : 1, "generatedAt" : -1)",
        R"("tags" : 1, "generatedAt" : -1)"}) {
    CHECK(contains(indexes, key));
  }
}

TEST_CASE("a response is a plain Redis string with its time to live") {
  Fixture f;
  f.store.responses().set("user:1023:summary", "Paris is sunny.", 1h);
  CHECK(f.redis.cli("get user:1023:summary") == "Paris is sunny.");
  const int ttl = std::stoi(f.redis.cli("ttl user:1023:summary"));
  CHECK(ttl > 3500);
  CHECK(ttl <= 3600);
  (void)f.redis.cli("set from:elsewhere hello");
  CHECK(f.store.responses().get("from:elsewhere") == "hello");
}

TEST_CASE("every call can do with one connection, however many threads call") {
  Fixture f;
  auto store = ContentStore::open(
      {.metadata = f.postgres.url() +
                   (f.postgres.url().find('?') == std::string::npos ? '?' : '&') + "pool_size=1",
       .outputs = f.mongo.url(),
       .deadline = 20s});
  std::vector<std::jthread> threads;
  test::ThreadFailures wrong;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      try {
        const ContentId id = store.put(news());
        store.update(id, {.title = "changed"});
        if (store.erase(id).output_pending) ++wrong;
      } catch (const std::exception& error) {
        wrong.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  CHECK(store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("a database that is newer than the library is refused") {
  Fixture f;
  (void)f.postgres.query("INSERT INTO polystore_schema (version) VALUES (9999)");
  const Error error = test::error_of(
      [&] { (void)ContentStore::open({.metadata = f.postgres.url(), .outputs = f.mongo.url()}); });
  CHECK(error.code() == ErrorCode::schema_mismatch);
  CHECK(contains(error.what(), "9999"));
}
