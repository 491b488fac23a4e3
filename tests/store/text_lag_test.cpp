// What a search makes of copies that are not, or not yet, those of contents.
#include "store/two_stores.hpp"

#include <algorithm>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MaintenanceTest;
using Ids = std::vector<ContentId>;

namespace {

struct Searched : Fixture {
  Searched() : searching(ContentStore::open(with_index(*setup))) {}

  static OpenOptions with_index(const test::TwoStores& setup) {
    OpenOptions options = setup.options();
    options.text_search = true;
    return options;
  }

  Ids search(const TextQuery& query) {
    Ids ids;
    for (const auto& hit : searching.search(query)) ids.push_back(hit.metadata.id);
    return ids;
  }

  ContentStore searching;
};

}  // namespace

TEST_CASE("search: a content whose copy waits in the outbox is found once it is relayed") {
  Searched f;
  const auto [id, sequence] = f.put_queued();
  CHECK(f.store.get(id));
  CHECK(f.search({.text = "output"}).empty());
  CHECK(f.maintenance.relay().applied == 1);
  CHECK(f.search({.text = "output"}) == Ids{id});
}

TEST_CASE("search: copies that no content owns, or of other versions, are passed over") {
  Searched f;
  Ids ids;
  for (int i = 0; i < 3; ++i) ids.push_back(f.store.put(Fixture::draft()));
  std::ranges::sort(ids, std::greater{});
  // Better ones, which a search meets first.
  for (int i = 0; i < 7; ++i) f.write_output(ContentId::generate(), 1, "output output output");
  f.write_output(ids.back(), 2, "output output output");
  ids.pop_back();
  CHECK(f.search({.text = "output"}) == ids);
  CHECK(f.search({.text = "output", .limit = 2}) == ids);
  CHECK(f.search({.text = "output", .limit = 1}) == Ids{ids.front()});
}

TEST_CASE("search: a copy that says another user or model than the row does is not found by it") {
  Searched f;
  const auto id = f.store.put(Fixture::draft());
  const auto copy = values::encode_read_copy(
      {.id = id, .version = 1, .title = "title", .model = "stolen", .user_id = 7},
      Document::from_json(R"({"text":"output"})"));
  f.write_bytes(id, 1, copy);
  CHECK(f.search({.text = "output", .user_id = 7}).empty());
  CHECK(f.search({.text = "output", .model = "stolen"}).empty());
  const auto hits = f.searching.search({.text = "output"});
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].metadata.user_id == 1);
  CHECK(hits[0].metadata.model == "model");
}
