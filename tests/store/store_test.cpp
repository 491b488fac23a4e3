#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;

namespace {

struct Fixture : test::OpenedStore {
  Fixture() : OpenedStore(1023) {}
};

Draft news() {
  return {
      .title = "AI-Powered News Summary",
      .model = "GPT-4",
      .user_id = 1023,
      .output = Document::from_json(R"({"summary":"Größe 要約 🙂","scores":[1,2.5,null]})"),
      .tags = {"news", "ai"},
      .usage = {.prompt_tokens = 33, .completion_tokens = 31, .latency = 402'900us},
      .generated_at = Timestamp(1'700'000'000'123ms)};
}

std::set<ContentId> ids_of(const std::vector<Metadata>& items) {
  std::set<ContentId> ids;
  for (const auto& item : items) ids.insert(item.id);
  return ids;
}

}  // namespace

TEST_CASE("what was put is read back equal, by id, by listing and by another store") {
  Fixture f;
  const Draft draft = news();
  const ContentId id = f.store.put(draft);
  const Metadata expected{.id = id,
                          .version = 1,
                          .title = draft.title,
                          .model = draft.model,
                          .user_id = 1023,
                          .generated_at = *draft.generated_at,
                          .tags = {"ai", "news"},
                          .usage = draft.usage};
  const auto content = f.store.get(id);
  REQUIRE(content);
  CHECK(content->metadata == expected);
  CHECK(content->output == draft.output);
  REQUIRE(f.store.find({}).items.size() == 1);
  CHECK(f.store.find({}).items.front() == expected);

  auto other = ContentStore::open(f.setup->options());
  CHECK(other.get(id) == content);
}

TEST_CASE("a draft without a time gets the present one") {
  Fixture f;
  Draft draft = news();
  draft.generated_at.reset();
  const auto before =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto made = f.store.get(f.store.put(draft))->metadata.generated_at;
  CHECK(made >= before);
  CHECK(made <= std::chrono::system_clock::now());
}

TEST_CASE("an id that was never put is absent") {
  Fixture f;
  CHECK_FALSE(f.store.get(ContentId::generate()));
  CHECK_FALSE(f.store.erase(ContentId::generate()).found);
}

TEST_CASE("a user is made known once") {
  Fixture f;
  CHECK_FALSE(f.store.ensure_user(1023, "Another name"));
  CHECK(f.store.ensure_user(7, "Grace"));
}

TEST_CASE("the same draft under the same id is one content, other content is a conflict") {
  Fixture f;
  Draft draft = news();
  draft.id = ContentId::generate();
  CHECK(f.store.put(draft) == *draft.id);
  CHECK(f.store.put(draft) == *draft.id);
  CHECK(f.store.find({}).items.size() == 1);
  Draft other = draft;
  other.output = Document::from_json(R"({"other":true})");
  const Error error = error_of([&] { f.store.put(other); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.field() == "id");
  CHECK(f.store.get(*draft.id)->output == draft.output);
}

TEST_CASE("an erased content is gone for every reader and its id stays unused") {
  Fixture f;
  Draft draft = news();
  draft.id = ContentId::generate();
  f.store.put(draft);
  const ContentId neighbour = f.store.put(news());
  const auto receipt = f.store.erase(*draft.id);
  CHECK(receipt.found);
  CHECK_FALSE(receipt.output_pending);
  CHECK_FALSE(f.store.get(*draft.id));
  CHECK(ids_of(f.store.find({}).items) == std::set{neighbour});
  CHECK_FALSE(f.store.erase(*draft.id).found);
  const Error error = error_of([&] { f.store.put(draft); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(std::string(error.what()).find("erased") != std::string::npos);
  CHECK_FALSE(f.store.get(*draft.id));
}

TEST_CASE("batches keep their order and say what is absent") {
  Fixture f;
  std::vector<Draft> drafts;
  for (int i = 0; i < 50; ++i) {
    Draft draft = news();
    draft.title = "title " + std::to_string(i);
    drafts.push_back(draft);
  }
  const auto put = f.store.put_many(drafts);
  std::vector<ContentId> ids;
  for (const auto& result : put) ids.push_back(*result.value);
  ids.insert(ids.begin() + 10, ContentId::generate());
  ids.push_back(ids.front());
  const auto got = f.store.get_many(ids);
  REQUIRE(got.size() == 52);
  CHECK(got[0].value->metadata.title == "title 0");
  CHECK_FALSE(got[10].value);
  CHECK_FALSE(got[10].error);
  CHECK(got[11].value->metadata.title == "title 10");
  CHECK(got[51].value == got[0].value);
  CHECK(f.store.put_many({}).empty());
  CHECK(f.store.get_many({}).empty());
}

TEST_CASE("find filters by user, model, tag, time and title words, alone and together") {
  Fixture f;
  f.store.ensure_user(2, "Grace");
  const auto put = [&](std::string title, std::string model, std::int64_t user,
                       std::vector<std::string> tags, std::int64_t at) {
    return f.store.put({.title = std::move(title),
                        .model = std::move(model),
                        .user_id = user,
                        .tags = std::move(tags),
                        .generated_at = Timestamp(std::chrono::milliseconds(at))});
  };
  const auto a = put("Weather in Paris", "small", 1023, {"weather", "fr"}, 1000);
  const auto b = put("News from Paris", "small", 2, {"news", "fr"}, 2000);
  const auto c = put("Weather in Straße", "large", 2, {"weather"}, 3000);
  using Ids = std::set<ContentId>;
  const auto found = [&](const Query& query) { return ids_of(f.store.find(query).items); };
  CHECK(found({}) == Ids{a, b, c});
  CHECK(found({.user_id = 2}) == Ids{b, c});
  CHECK(found({.user_id = 404}).empty());
  CHECK(found({.model = "small"}) == Ids{a, b});
  CHECK(found({.model = "smal"}).empty());
  CHECK(found({.tags = {"weather"}}) == Ids{a, c});
  CHECK(found({.tags = {"weather", "fr"}}) == Ids{a});
  CHECK(found({.tags = {"none"}}).empty());
  CHECK(found({.since = Timestamp(2000ms)}) == Ids{b, c});
  CHECK(found({.until = Timestamp(2000ms)}) == Ids{a});
  CHECK(found({.title_words = "paris WEATHER"}) == Ids{a});
  CHECK(found({.title_words = "STRASSE"}) == Ids{c});
  CHECK(found({.title_words = "pari"}).empty());
  CHECK(found({.user_id = 2,
               .model = "small",
               .tags = {"fr"},
               .since = Timestamp(1500ms),
               .until = Timestamp(2500ms),
               .title_words = "news"}) == Ids{b});
}

TEST_CASE("pages follow one another without gap or repeat, also through equal times") {
  Fixture f;
  std::vector<Draft> drafts;
  for (int i = 0; i < 25; ++i) {
    Draft draft = news();
    draft.generated_at = Timestamp(std::chrono::milliseconds(i / 10));
    drafts.push_back(draft);
  }
  (void)f.store.put_many(drafts);
  Query query{.user_id = 1023, .limit = 7};
  std::vector<Metadata> all;
  std::size_t pages = 0;
  do {
    const Page page = f.store.find(query);
    all.insert(all.end(), page.items.begin(), page.items.end());
    query.after = page.next;
    ++pages;
  } while (query.after && pages < 10);
  CHECK(pages == 4);
  CHECK(all.size() == 25);
  CHECK(ids_of(all).size() == 25);
  CHECK(std::is_sorted(all.begin(), all.end(), [](const Metadata& a, const Metadata& b) {
    return std::pair(a.generated_at, a.id) > std::pair(b.generated_at, b.id);
  }));
}

TEST_CASE("responses are kept for their time, replaced and erased") {
  Fixture f;
  auto& responses = f.store.responses();
  const std::string bytes("text \0 and \xff bytes", 18);
  responses.set("user:1023:summary", bytes, 1h);
  CHECK(responses.get("user:1023:summary") == bytes);
  responses.set("user:1023:summary", "", 1h);
  CHECK(responses.get("user:1023:summary") == "");
  CHECK(responses.erase("user:1023:summary"));
  CHECK_FALSE(responses.erase("user:1023:summary"));
  CHECK_FALSE(responses.get("user:1023:summary"));
  responses.set("short", "x", 20ms);
  std::this_thread::sleep_for(60ms);
  CHECK_FALSE(responses.get("short"));
}

TEST_CASE("many threads put, get, find and erase at once") {
  Fixture f;
  std::vector<std::jthread> threads;
  test::ThreadFailures wrong;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&f, &wrong, t] {
      for (int i = 0; i < 15; ++i) {
        Draft draft = news();
        draft.title = "thread " + std::to_string(t) + " item " + std::to_string(i);
        draft.tags = {"t" + std::to_string(t), "shared"};
        try {
          const ContentId id = f.store.put(draft, Deadline::after(60s));
          const auto content = f.store.get(id, Deadline::after(60s));
          if (!content || content->metadata.title != draft.title) ++wrong;
          if (i % 3 == 0 && !f.store.erase(id, Deadline::after(60s)).found) ++wrong;
          (void)f.store.find({.tags = {"shared"}, .limit = 5}, Deadline::after(60s));
        } catch (const Error& error) {
          wrong.add(error.what());
        }
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  CHECK(f.store.find({.tags = {"shared"}, .limit = 1000}).items.size() == 60);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("every call on an expired deadline ends at once, done or with a clear error") {
  Fixture f;
  const ContentId id = f.store.put(news());
  test::check_ends_at_once([&] { f.store.put(news(), Deadline::immediate()); });
  test::check_ends_at_once([&] { (void)f.store.get(id, Deadline::immediate()); });
  test::check_ends_at_once([&] { (void)f.store.find({}, Deadline::immediate()); });
  test::check_ends_at_once([&] { f.store.erase(ContentId::generate(), Deadline::immediate()); });
  test::check_ends_at_once([&] { f.store.ensure_user(5, "Ada", Deadline::immediate()); });
  test::check_ends_at_once([&] { f.store.responses().set("k", "v", 1s, Deadline::immediate()); });
  CHECK(f.store.get(id));
}

TEST_CASE("a forked child gets a clear error and its parent's store goes on") {
  Fixture f;
  const ContentId id = f.store.put(news());
  std::thread([&] { (void)f.store.get(id); }).join();
  CHECK(test::child_status([&] {
          try {
            (void)f.store.get(id);
          } catch (const Error& error) {
            return error.code() == ErrorCode::closed ? 0 : 2;
          }
          return 1;
        }) == 0);
  CHECK(f.store.get(id));
  CHECK(f.store.put(news()) != id);
}
