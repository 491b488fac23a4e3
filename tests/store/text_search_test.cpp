// ContentStore::search as its users see it.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/environment.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace polystore;
using test::check_refused;
using test::error_of;
using Ids = std::vector<ContentId>;

namespace {

struct Fixture {
  Fixture() {
    for (const std::int64_t user : {1, 2}) store.ensure_user(user, "Ada");
  }

  [[nodiscard]] OpenOptions options(bool text_search) const {
    OpenOptions options = setup->options();
    options.text_search = text_search;
    return options;
  }

  static Draft draft(const std::string& title, const std::string& text) {
    return {.title = title,
            .model = "model",
            .user_id = 1,
            .output = Document::from_json(R"({"choices":[{"text":")" + text + R"("}]})"),
            .tags = {"tag"}};
  }
  ContentId put(const std::string& title, const std::string& text) {
    return store.put(draft(title, text));
  }

  static Ids search(ContentStore& in, const TextQuery& query) {
    Ids ids;
    for (const auto& hit : in.search(query)) ids.push_back(hit.metadata.id);
    return ids;
  }
  Ids search(const TextQuery& query) { return search(store, query); }
  Ids words(const std::string& text) { return search({.text = text}); }

  std::unique_ptr<test::StoreSetup> setup = test::StoreSetup::make();
  ContentStore store = ContentStore::open(options(true));
};

}  // namespace

TEST_CASE(
    "search: a content is found after its put, by its new words after an update, then never") {
  Fixture f;
  const auto id = f.put("Weather in Paris", "The sun shines.");
  f.put("Other", "Nothing of that.");
  const auto hits = f.store.search({.text = "SUN paris"});
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].metadata == f.store.get(id)->metadata);
  CHECK(hits[0].score > 0);

  f.store.update(id, {.output = Document::from_json(R"({"text":"It rains."})")});
  CHECK(f.words("sun").empty());
  CHECK(f.words("rains paris") == Ids{id});
  f.store.update(id, {.title = "Weather in London"});
  CHECK(f.words("paris").empty());
  CHECK(f.words("london rains") == Ids{id});
  f.store.rename_model("model", "renamed");
  CHECK(f.store.search({.text = "london", .model = "renamed"}).at(0).metadata.model == "renamed");
  CHECK(f.search({.text = "london", .model = "model"}).empty());

  f.store.erase(id);
  CHECK(f.words("london").empty());
  f.put("last", "one");
  f.store.erase_user(1);
  CHECK(f.words("last").empty());
  CHECK(f.words("nothing").empty());
}

TEST_CASE("search: user, tenant and model narrow it, the best come first, up to the limit") {
  Fixture f;
  const auto best = f.put("fox fox", "fox fox fox fox");
  const auto plain = f.put("title", "one fox among many other words, which are not about it");
  Draft others = Fixture::draft("title", "one fox, and a word");
  others.user_id = 2;
  others.tenant = Tenant::named("Acme");
  others.model = "large";
  const auto other = f.store.put(others);
  CHECK(f.words("fox").size() == 3);
  CHECK(f.words("fox").front() == best);
  CHECK(f.search({.text = "fox", .limit = 1}) == Ids{best});
  CHECK(f.search({.text = "fox", .user_id = 1}) == Ids{best, plain});
  CHECK(f.search({.text = "fox", .user_id = 2}) == Ids{other});
  CHECK(f.search({.text = "fox", .tenant = Tenant::named("Acme")}) == Ids{other});
  CHECK(f.search({.text = "fox", .tenant = Tenant::shared()}) == Ids{best, plain});
  CHECK(f.search({.text = "fox", .user_id = 1, .tenant = Tenant::named("Acme")}).empty());
  CHECK(f.search({.text = "fox", .model = "large"}) == Ids{other});
}

TEST_CASE("search: what is no query is refused with its field") {
  Fixture f;
  const auto refused = [&](const char* field, const char* told, const TextQuery& query) {
    check_refused(field, told, [&] { (void)f.store.search(query); });
  };
  refused("text", "must not be empty", {});
  refused("text", "no letter or digit", {.text = "\"-*\" !"});
  refused("text", "UTF-8", {.text = "\xff"});
  refused("text", "UTF-8", {.text = std::string("a\0b", 3)});
  refused("text", "the limit is 1000", {.text = std::string(1001, 'x')});
  std::string words;
  for (int i = 0; i < 33; ++i) words += "w" + std::to_string(i) + " ";
  refused("text", "the limit is 32", {.text = words});
  refused("limit", "1 to 1000", {.text = "x", .limit = 0});
  refused("limit", "1 to 1000", {.text = "x", .limit = 1001});
  refused("user_id", "1 or more", {.text = "x", .user_id = 0});
  refused("model", "must not be empty", {.text = "x", .model = ""});
  refused("tenant", "must not be empty", {.text = "x", .tenant = Tenant::named("")});
  words.resize(words.rfind('w'));  // 32 of them
  CHECK(f.words(words).empty());
  CHECK(f.words(std::string(1000, 'x')).empty());
}

TEST_CASE("search: a store without the index says so, and one that gets it later has all") {
  Fixture f;
  const auto setup = test::StoreSetup::make();
  auto plain = ContentStore::open(setup->options());
  plain.ensure_user(1, "Ada");
  const auto id = plain.put(Fixture::draft("before", "the index"));
  const Error error = error_of([&] { (void)plain.search({.text = "before"}); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(std::string(error.what()).find("POLYSTORE_TEXT_SEARCH=1") != std::string::npos);

  const test::ScopedVariable wanted("POLYSTORE_TEXT_SEARCH", "1");
  auto indexed = ContentStore::open(setup->options());
  CHECK(Fixture::search(indexed, {.text = "before"}) == Ids{id});
  const auto later = plain.put(Fixture::draft("later", "than the index"));
  CHECK(Fixture::search(indexed, {.text = "later"}) == Ids{later});
}

TEST_CASE("search: no put is refused for what is in its output") {
  Fixture f;
  std::string many;
  for (int i = 0; i < 420'000; ++i) many += "w" + std::to_string(i) + " ";
  std::vector<Draft> drafts{
      Fixture::draft("large", many), Fixture::draft("long", std::string(1 << 20, 'x')),
      Fixture::draft("nul", R"(zero\u0000byte)"), Fixture::draft("plain", "needle")};
  drafts.push_back(drafts.back());
  drafts.back().output = Document::from_json(R"({"language":"klingon","score":"needle"})");
  for (const auto& result : f.store.put_many(drafts)) CHECK(result.value);
  CHECK(f.words("needle").size() == 2);
}
