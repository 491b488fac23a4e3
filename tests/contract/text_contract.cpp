// What every TextPort promises (lib/ports/text_port.hpp), run on every backend.
#include "contract/text_contract.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::TextTest;
using Ids = std::vector<ContentId>;
using ports::OutputStatus;
using ports::TextSearch;

TEST_CASE("a copy is found by words of title, model, tags and output, all of them, in any order") {
  Fixture f;
  const auto id = f.put({.title = "Zebra crossing",
                         .model = "llama-70B",
                         .tags = {"weather report"},
                         .output = Document::from_json(
                             R"({"hidden":1,"a":[{"b":["The quick brown fox"]},{"c":{"d":"jumps"}}],
                                 "number":4711})")});
  f.put({.title = "Another", .text = "quick zebra"});
  for (const char* text : {"fox", "FOX", "brown quick", "jumps zebra", "Crossing, fox!", "llama",
                           "70b weather", "report crossing jumps the"}) {
    INFO(text);
    CHECK(f.search(text) == Ids{id});
  }
  CHECK(f.search("quick zebra").size() == 2);
  for (const char* text : {"foxes", "fo", "quick missing", "hidden", "4711", "zebracrossing"}) {
    INFO(text);
    CHECK(f.search(text).empty());
  }
}

TEST_CASE("what operators are elsewhere is plain text") {
  Fixture f;
  const auto both = f.put({.text = "fox and owl or hare not near title drop table x"});
  const auto fox = f.put({.text = "a fox"});
  Ids foxes = f.search("-fox");
  std::ranges::sort(foxes);
  Ids expected{both, fox};
  std::ranges::sort(expected);
  CHECK(foxes == expected);
  CHECK(f.search("-fox \"owl").size() == 1);
  CHECK(f.search("fox OR badger").empty());
  for (const char* text : {"fox OR owl",
                           "\"fox owl\"",
                           "owl AND NOT hare",
                           "NEAR(fox owl)",
                           "(fox owl",
                           "owl)",
                           "fox*owl",
                           "title:fox & owl",
                           "fox | !owl",
                           "fox <-> owl",
                           "^owl",
                           "{title} : owl",
                           "fox\\owl",
                           "owl''; DROP TABLE x; --",
                           "$owl",
                           "%owl%",
                           "owl:*",
                           "<owl>",
                           "owl/fox",
                           "owl@fox.hare",
                           "' OR 'owl",
                           "\"\"owl\"\"",
                           "\\\"owl"}) {
    INFO(text);
    CHECK(f.search(text) == Ids{both});
  }
  for (const char* text :
       {"a'b\"c", "%s %n", "😀 1", "x\ty\nz", "--1", "* 2", "w:1*", "e\xCC\x81"}) {
    INFO(text);
    CHECK_NOTHROW(f.search(text));
  }
}

TEST_CASE("words of other scripts are found") {
  Fixture f;
  const auto id = f.put({.title = "Größe der Straße", .text = "Москва 東京 हिन्दी naïve 😀"});
  f.put({.text = "other"});
  for (const char* text :
       {"Größe", "straße", "Москва", "東京", "हिन्दी", "naïve größe", "naïve 😀"}) {
    INFO(text);
    CHECK(f.search(text) == Ids{id});
  }
}

TEST_CASE("user, tenant and model narrow a search, whatever their names") {
  Fixture f;
  const Tenant odd = Tenant::named("it's \\ \"5\" & 'user:1'");
  const auto first = f.put({.text = "fox", .user_id = 1, .model = "a' | 'b\\"});
  const auto second = f.put({.text = "fox", .user_id = 2, .tenant = odd});
  const auto third = f.put({.text = "fox", .user_id = 2, .tenant = Tenant::named("Acme")});
  const auto found = [&](TextSearch search) {
    search.text = "fox";
    return f.search(search);
  };
  CHECK(found({.user_id = 1}) == Ids{first});
  CHECK(found({.user_id = 2}).size() == 2);
  CHECK(found({.user_id = 3}).empty());
  CHECK(found({.tenant = Tenant::shared()}) == Ids{first});
  CHECK(found({.tenant = odd}) == Ids{second});
  CHECK(found({.tenant = Tenant::named("Acme")}) == Ids{third});
  CHECK(found({.tenant = Tenant::named("acme")}).empty());
  CHECK(found({.model = "a' | 'b\\"}) == Ids{first});
  CHECK(found({.model = "a"}).empty());
  CHECK(found({.user_id = 2, .tenant = odd, .model = "model"}) == Ids{second});
  CHECK(f.search(TextSearch{.text = "%", .user_id = 1}).empty());
}

TEST_CASE("the best come first, equal ones by id, and a search goes on where another ended") {
  Fixture f;
  const auto plain = f.put({.text = "one fox among many other words of this text"});
  const auto often = f.put({.text = "fox fox fox fox among many other words"});
  const auto title = f.put({.title = "fox fox", .text = "among many other words of this text"});
  f.put({.text = "none of them, nor in this one"});
  f.put({.text = "nor in another one"});
  CHECK(f.search("fox") == Ids{title, often, plain});
  const auto scores = f.port->texts()->search({.text = "fox"}, Fixture::soon());
  REQUIRE(scores.size() == 3);
  CHECK(scores[0].score > scores[1].score);
  CHECK(scores[1].score > scores[2].score);
  CHECK(scores[2].score > 0);

  Ids equal;
  for (int i = 0; i < 7; ++i) equal.push_back(f.put({.text = "owl"}));
  std::ranges::sort(equal, std::greater{});
  CHECK(f.search("owl") == equal);
  CHECK(f.search(TextSearch{.text = "owl", .limit = 3}) == Ids(equal.begin(), equal.begin() + 3));
  CHECK(f.search(TextSearch{.text = "owl", .skip = 3, .limit = 3}) ==
        Ids(equal.begin() + 3, equal.begin() + 6));
  CHECK(f.search(TextSearch{.text = "owl", .skip = 6, .limit = 3}) == Ids{equal.back()});
  CHECK(f.search(TextSearch{.text = "owl title", .skip = 7, .limit = 3}).empty());
}

TEST_CASE("a newer version is found by its words, and what is erased by none") {
  Fixture f;
  const auto id = f.put({.text = "before"});
  f.put({.text = "after", .id = id, .version = 2});
  CHECK(f.search("before").empty());
  const auto found = f.port->texts()->search({.text = "after"}, Fixture::soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == id);
  CHECK(found[0].version == 2);

  const auto older = Fixture::bson_of({.text = "before", .id = id});
  const ports::OutputDocument outdated{.id = id, .version = 1, .bson = older};
  CHECK(f.port->write({&outdated, 1}, Fixture::soon()).front().status == OutputStatus::superseded);
  CHECK(f.port->insert({&outdated, 1}, Fixture::soon()).front().status == OutputStatus::present);
  CHECK(f.search("before").empty());
  CHECK(f.search("after") == Ids{id});

  f.port->erase({&id, 1}, Fixture::soon());
  CHECK(f.search("after").empty());
  CHECK(f.search("title").empty());
  const auto inserted = Fixture::bson_of({.text = "inserted"});
  const auto fresh = values::decode_read_copy(inserted).metadata.id;
  const ports::OutputDocument document{.id = fresh, .version = 1, .bson = inserted};
  CHECK(f.port->insert({&document, 1}, Fixture::soon()).front().status == OutputStatus::stored);
  CHECK(f.search("inserted") == Ids{fresh});
}

TEST_CASE("no output is refused for its index, however odd") {
  Fixture f;
  std::string deep = R"("needle")";
  for (std::size_t i = 0; i + 2 < limits::output_levels; ++i) {
    deep = i % 2 == 0 ? "[" + deep + "]" : R"({"a":)" + deep + "}";
  }
  const std::vector<std::string> found_again{
      R"({"language":"klingon","score":"x","_fts":1,"text":"needle"})",
      R"({"language":5,"inner":{"language":["de",{"language":"x"}],"text":"needle"}})",
      R"({"text":")" + std::string(1 << 20, 'x') + R"("})",
      R"({"text":")" + std::string(300'000, 'x') + R"( needle"})",
      R"({"deep":)" + deep + "}",
      R"({"text":"zero\u0000byte"})",
      R"({})",
      R"({"text":""})",
      R"({"a":[[],[[]],{},null,true,1.5e300]})",
  };
  for (const auto& json : found_again) {
    INFO(json.substr(0, 60));
    const auto id = f.put({.output = Document::from_json(json)});
    CHECK(f.port->read({&id, 1}, Fixture::soon()).front());
    if (json.find("needle") != std::string::npos) {
      CHECK(f.search("needle") == Ids{id});
      f.port->erase({&id, 1}, Fixture::soon());
    }
  }
}

TEST_CASE("large outputs and such of very many words are stored, replaced and read back") {
  Fixture f;
  const std::string repeated = "The quick brown fox ";
  std::string large;
  while (large.size() < limits::content_bytes - 1000) large += repeated;
  const auto id = f.put({.text = large});
  const auto many = f.put({.text = test::different_words(450'000)});
  const auto read = f.port->read(Ids{id, many}, Fixture::soon());
  REQUIRE(read[0]);
  REQUIRE(read[1]);
  CHECK(values::decode_read_copy(read[0]->bson).output.get_string("text")->size() == large.size());
  f.put({.text = large, .id = many, .version = 2});
  const auto small = f.put({.text = "needle", .id = many, .version = 3});
  CHECK(f.search("needle") == Ids{small});
  CHECK(f.search("w1 w2").empty());
}

TEST_CASE("an index that is made later has what was there, and what others put meanwhile") {
  const auto setup = test::TextFixture::make();
  const auto plain = setup->open(false);
  plain->migrate(Fixture::soon());
  CHECK(plain->texts() == nullptr);
  Ids ids;
  for (int i = 0; i < 250; ++i) ids.push_back(Fixture::put(*plain, {.text = "fox"}));
  Fixture::put(*plain, {.text = test::different_words(450'000)});
  std::ranges::sort(ids, std::greater{});

  const auto indexed = setup->open(true);
  indexed->migrate(Fixture::soon());
  CHECK(Fixture::search(*indexed, {.text = "fox", .limit = 1000}) == ids);
  Fixture::put(*plain, {.text = "hare", .id = ids.back(), .version = 2});
  const auto owl = Fixture::put(*plain, {.text = "owl", .id = ids.back(), .version = 3});
  ids.pop_back();
  plain->erase({&ids.back(), 1}, Fixture::soon());
  ids.pop_back();
  CHECK(Fixture::search(*indexed, {.text = "fox", .limit = 1000}) == ids);
  CHECK(Fixture::search(*indexed, {.text = "owl"}) == Ids{owl});
  CHECK(Fixture::search(*indexed, {.text = "hare"}).empty());
}

TEST_CASE("several make the index at once") {
  const auto setup = test::TextFixture::make();
  const auto plain = setup->open(false);
  plain->migrate(Fixture::soon());
  const auto id = Fixture::put(*plain, {.text = "fox"});
  test::ThreadFailures failures;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      try {
        const auto port = setup->open(true);
        port->migrate(Fixture::soon());
        port->migrate(Fixture::soon());
        const auto found = port->texts()->search({.text = "fox"}, Fixture::soon());
        if (found.size() != 1 || found[0].id != id) ++failures;
      } catch (const Error& error) {
        failures.add(error.what());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
}

TEST_CASE("a search without time ends at once") {
  Fixture f;
  f.put({.text = "fox"});
  test::check_ends_at_once(
      [&] { (void)f.port->texts()->search({.text = "fox"}, Deadline::immediate()); });
}
