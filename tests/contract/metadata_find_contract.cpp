// What every MetadataPort promises about find.
#include "contract/metadata_fixture.hpp"

#include <algorithm>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MetadataPortTest;
using Ids = std::vector<ContentId>;

namespace {

struct FindFixture : Fixture {
  FindFixture() {
    port->ensure_user(2, "Grace", soon());
    c = add(1, "small", {"fr", "weather"}, 1000, {"in", "paris", "weather"});
    b = add(2, "small", {"fr", "news"}, 2000, {"from", "news", "paris"});
    a = add(2, "large", {"weather"}, 3000, {"in", "strasse", "weather"});
  }

  ContentId add(std::int64_t user, const std::string& model, std::vector<std::string> tags,
                std::int64_t at, std::vector<std::string> words) {
    auto row = Fixture::row("title");
    row.metadata.user_id = user;
    row.metadata.model = model;
    row.metadata.tags = std::move(tags);
    row.metadata.generated_at = Timestamp(std::chrono::milliseconds(at));
    row.title_words = std::move(words);
    insert({row});
    return row.metadata.id;
  }

  // Newest first.
  ContentId a;
  ContentId b;
  ContentId c;
};

}  // namespace

TEST_CASE("find without a filter lists all, newest first") {
  FindFixture f;
  CHECK(f.list({}) == Ids{f.a, f.b, f.c});
  CHECK(f.list({.limit = 2}) == Ids{f.a, f.b});
}

TEST_CASE("each filter of find passes what it names and nothing else") {
  FindFixture f;
  CHECK(f.list({.user_id = 2}) == Ids{f.a, f.b});
  CHECK(f.list({.user_id = 3}).empty());
  CHECK(f.list({.model = "small"}) == Ids{f.b, f.c});
  CHECK(f.list({.model = "smal_"}).empty());
  CHECK(f.list({.tags = {"weather"}}) == Ids{f.a, f.c});
  CHECK(f.list({.tags = {"fr", "weather"}}) == Ids{f.c});
  CHECK(f.list({.tags = {"fr", "unknown"}}).empty());
  CHECK(f.list({.since = Timestamp(2000ms)}) == Ids{f.a, f.b});
  CHECK(f.list({.since = Timestamp(2001ms)}) == Ids{f.a});
  CHECK(f.list({.until = Timestamp(2000ms)}) == Ids{f.c});
  CHECK(f.list({.title_words = {"paris"}}) == Ids{f.b, f.c});
  CHECK(f.list({.title_words = {"paris", "weather"}}) == Ids{f.c});
  CHECK(f.list({.title_words = {"in", "strasse", "weather"}}) == Ids{f.a});
  CHECK(f.list({.title_words = {"in", "strasse", "unknown"}}).empty());
  CHECK(f.list({.title_words = {"pari"}}).empty());
}

TEST_CASE("filters of find work together") {
  FindFixture f;
  CHECK(f.list({.user_id = 2,
                .model = "small",
                .tags = {"fr", "news"},
                .since = Timestamp(1ms),
                .until = Timestamp(9000ms),
                .title_words = {"from", "paris"}}) == Ids{f.b});
  CHECK(f.list({.user_id = 1, .model = "large"}).empty());
  CHECK(f.list({.model = "small", .after = ports::ListPosition{Timestamp(2000ms), f.b}}) ==
        Ids{f.c});
}

TEST_CASE("pages of find have no gap and no repeat, also within one instant") {
  Fixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(Fixture::row("page"));
    rows.back().metadata.generated_at = Timestamp(std::chrono::milliseconds(-i / 15));
  }
  f.insert(rows);
  std::ranges::sort(rows, [](const auto& x, const auto& y) {
    return std::pair(x.metadata.generated_at, x.metadata.id) >
           std::pair(y.metadata.generated_at, y.metadata.id);
  });
  std::vector<Metadata> seen;
  ports::FindParams params{.user_id = 1, .tags = {"a"}, .title_words = {"page"}, .limit = 7};
  for (;;) {
    const auto page = f.port->find(params, Fixture::soon());
    if (page.empty()) break;
    seen.insert(seen.end(), page.begin(), page.end());
    REQUIRE(seen.size() <= 40);
    params.after = ports::ListPosition{page.back().generated_at, page.back().id};
  }
  REQUIRE(seen.size() == 40);
  for (std::size_t i = 0; i < 40; ++i) CHECK(seen[i] == rows[i].metadata);
}

TEST_CASE("what looks like SQL in a filter is only text") {
  FindFixture f;
  for (const char* text : {"'", "\"", "\\", "%", "_", "x' OR '1'='1", "{a,b}", "NULL", "--"}) {
    CHECK(f.list({.model = text}).empty());
    CHECK(f.list({.tags = {text}}).empty());
    CHECK(f.list({.title_words = {text}}).empty());
    const auto id = f.add(1, text, {text}, 1, {text});
    CHECK(f.list({.model = text, .tags = {text}, .title_words = {text}}) == Ids{id});
  }
}
