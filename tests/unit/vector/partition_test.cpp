#include "vector/partition.hpp"

#include "unit/vector/samples.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using polystore::vector::Partition;

namespace {

using Values = std::vector<float>;
using Tags = std::vector<std::string>;

constexpr std::size_t dimensions = 48;
const Tags no_tags;

struct Fixture {
  explicit Fixture(VectorSpace space = {.dimensions = dimensions}) : partition(space) {}

  void put(const std::string& id, const Values& values, const Tags& tags = no_tags,
           const std::string& model = "m") {
    partition.put({.id = id, .version = ++version, .values = values, .model = model, .tags = tags});
  }
  void put_all(const std::vector<Values>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) put(std::to_string(i), all[i]);
  }
  void erase(const std::string& id) { partition.erase(id, ++version); }
  void maintain() {
    while (partition.needs_work()) partition.maintain(2, stop);
  }
  std::vector<Neighbour> nearest(const Values& query, std::size_t k,
                                 const vector::LabelFilter& filter = {}) const {
    return partition.nearest({.query = query, .k = k, .width = 96, .filter = filter});
  }

  Partition partition;
  std::int64_t version = 0;
  std::atomic<bool> stop{false};
};

// The ids that plain comparison finds among those that `allows` lets pass.
template <class Allows>
std::set<std::string> plain_nearest(const std::vector<Values>& all, const Values& query,
                                    std::size_t k, Allows allows) {
  std::vector<std::pair<double, std::size_t>> scores;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!allows(i)) continue;
    double dot = 0;
    double squares = 0;
    for (std::size_t at = 0; at < query.size(); ++at) {
      dot += double{all[i][at]} * query[at];
      squares += double{all[i][at]} * all[i][at];
    }
    scores.emplace_back(-dot / std::sqrt(squares), i);
  }
  std::ranges::sort(scores);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < std::min(k, scores.size()); ++i) {
    ids.insert(std::to_string(scores[i].second));
  }
  return ids;
}

// Which share of the true ten nearest is found, over some queries.
template <class Allows>
double recall(const Fixture& f, const std::vector<Values>& all, const std::vector<Values>& queries,
              const vector::LabelFilter& filter, Allows allows) {
  std::size_t found = 0;
  std::size_t wanted = 0;
  for (const Values& query : queries) {
    const auto truth = plain_nearest(all, query, 10, allows);
    wanted += truth.size();
    for (const auto& neighbour : f.nearest(query, 10, filter)) found += truth.count(neighbour.id);
  }
  return static_cast<double>(found) / static_cast<double>(wanted);
}

bool all_pass(std::size_t /*index*/) { return true; }

}  // namespace

TEST_CASE("few vectors are compared one by one: the nearest are exact") {
  test::Samples samples(dimensions);
  const auto all = samples.next(600);
  Fixture f;
  CHECK(f.nearest(all[0], 10).empty());
  f.put_all(all);
  CHECK_FALSE(f.partition.needs_work());
  CHECK(recall(f, all, samples.next(20), {}, all_pass) == 1);
  const auto itself = f.nearest(all[7], 3);
  REQUIRE(itself.size() == 3);
  CHECK(itself[0].id == "7");
  CHECK(itself[0].score > 0.9999F);
  CHECK(std::ranges::is_sorted(itself, std::ranges::greater(), &Neighbour::score));
  CHECK(f.nearest(all[7], 1000).size() == 600);
}

TEST_CASE("the graph finds nearly all of the nearest, in each encoding and metric") {
  test::Samples samples(dimensions);
  const auto all = samples.next(6000);
  const auto queries = samples.next(50);
  Fixture f;
  f.put_all(all);
  CHECK(recall(f, all, queries, {}, all_pass) == 1);  // nothing is linked yet
  f.maintain();
  CHECK(f.partition.counts().not_linked == 0);
  CHECK(recall(f, all, queries, {}, all_pass) >= 0.98);
  Fixture rounded({.dimensions = dimensions, .encoding = VectorEncoding::int8});
  rounded.put_all(all);
  rounded.maintain();
  CHECK(recall(rounded, all, queries, {}, all_pass) >= 0.9);
}

TEST_CASE("what comes after the graph was linked is found at once, and after it is linked, too") {
  test::Samples samples(dimensions);
  const auto all = samples.next(3000);
  Fixture f;
  for (std::size_t i = 0; i < all.size(); ++i) {
    f.put(std::to_string(i), all[i]);
    if (i % 700 == 0) f.maintain();
    if (i % 50 == 0) CHECK(f.nearest(all[i], 1).at(0).id == std::to_string(i));
  }
  f.maintain();
  CHECK(recall(f, all, samples.next(30), {}, all_pass) >= 0.98);
}

TEST_CASE("filters by model and tags give what passes, all of it, and nothing else") {
  test::Samples samples(dimensions);
  const auto all = samples.next(5000);
  Fixture f;
  const auto tags_of = [](std::size_t i) {
    Tags tags{"any"};
    if (i % 2 == 0) tags.push_back("even");
    if (i % 50 == 0) tags.push_back("rare");
    return tags;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    f.put(std::to_string(i), all[i], tags_of(i), i % 3 == 0 ? "third" : "other");
  }
  f.maintain();
  const auto queries = samples.next(20);
  CHECK(recall(f, all, queries, {.tags = {"even"}}, [](auto i) { return i % 2 == 0; }) >= 0.98);
  CHECK(recall(f, all, queries, {.model = "third"}, [](auto i) { return i % 3 == 0; }) >= 0.98);
  CHECK(recall(f, all, queries, {.tags = {"even", "rare"}}, [](auto i) { return i % 50 == 0; }) ==
        1);
  CHECK(recall(f, all, queries, {.model = "third", .tags = {"any", "rare"}},
               [](auto i) { return i % 150 == 0; }) == 1);
  CHECK(f.nearest(queries[0], 1000, {.tags = {"rare"}}).size() == 100);
  CHECK(f.nearest(queries[0], 10, {.model = "none"}).empty());
  CHECK(f.nearest(queries[0], 10, {.tags = {"any", "none"}}).empty());
}

TEST_CASE("an erased vector is not found, and a replaced one only as it is now") {
  test::Samples samples(dimensions);
  const auto all = samples.next(2000);
  Fixture f;
  f.put_all(all);
  f.maintain();
  f.erase("5");
  f.erase("none");
  for (const auto& found : f.nearest(all[5], 1000)) CHECK(found.id != "5");
  CHECK(f.partition.counts().alive == 1999);
  f.put("6", all[5], {"new"});
  CHECK(f.nearest(all[5], 1).at(0).id == "6");
  CHECK(f.nearest(all[5], 10, {.tags = {"new"}}).size() == 1);
  std::size_t sixes = 0;
  for (const auto& found : f.nearest(all[6], 1000)) sixes += found.id == "6" ? 1U : 0U;
  CHECK(sixes <= 1);
  f.put("5", all[5]);
  CHECK(f.nearest(all[5], 2).size() == 2);
  CHECK(f.partition.counts().alive == 2000);
}

TEST_CASE("dead vectors are done away with when they are many, and the rest is found as before") {
  test::Samples samples(dimensions);
  auto all = samples.next(4000);
  Fixture f;
  f.put_all(all);
  f.maintain();
  for (std::size_t i = 0; i < 2000; ++i) f.erase(std::to_string(i));
  for (std::size_t i = 2000; i < 2500; ++i) {
    all[i] = samples.next();
    f.put(std::to_string(i), all[i], {"replaced"});
  }
  CHECK(f.partition.needs_work());
  f.maintain();
  CHECK(f.partition.counts().alive == 2000);
  CHECK(f.partition.counts().not_linked == 0);
  CHECK(recall(f, all, samples.next(30), {}, [](auto i) { return i >= 2000; }) >= 0.98);
  CHECK(f.nearest(all[2100], 1000, {.tags = {"replaced"}}).size() == 500);
  // What was erased before may be put again, and an old put stays without effect.
  f.partition.put({.id = "3999", .version = 1, .values = all[0], .tags = no_tags});
  CHECK(f.nearest(all[3999], 1).at(0).id == "3999");
  f.put("1", all[1]);
  CHECK(f.nearest(all[1], 1).at(0).id == "1");
}

TEST_CASE("changes come in any order: the one with the highest version holds") {
  const Values here(dimensions, 1);
  Values there(dimensions, -1);
  Partition partition({.dimensions = dimensions});
  const auto score = [&] {
    const auto found = partition.nearest({.query = here, .k = 10, .width = 96});
    return found.empty() ? 0.0F : found.at(0).score;
  };
  const auto put = [&](std::int64_t version, const Values& values) {
    partition.put({.id = "a", .version = version, .values = values, .tags = no_tags});
  };
  put(5, here);
  put(4, there);
  CHECK(score() > 0.99F);
  partition.erase("a", 3);
  CHECK(score() > 0.99F);
  partition.erase("a", 7);
  put(6, here);
  CHECK(score() == 0);
  partition.erase("b", 9);
  partition.put({.id = "b", .version = 8, .values = here, .tags = no_tags});
  CHECK(score() == 0);
  put(8, there);
  CHECK(score() < -0.99F);
}

TEST_CASE("what the log has told already is not done again late") {
  const Values here(dimensions, 1);
  Partition partition({.dimensions = dimensions});
  const Partition::Settled settled{10};
  partition.erase("a", 9);
  partition.settle(10);  // "a" is forgotten
  partition.put({.id = "a", .version = 8, .values = here, .tags = no_tags}, &settled);
  CHECK(partition.counts().alive == 0);
  partition.put({.id = "a", .version = 11, .values = here, .tags = no_tags}, &settled);
  CHECK(partition.counts().alive == 1);
  partition.erase("a", 10, &settled);
  CHECK(partition.counts().alive == 1);
}

TEST_CASE("searches, changes and the linking of rows run at once") {
  test::Samples samples(16, 10);
  const auto all = samples.next(3000);
  Fixture f({.dimensions = 16});
  for (std::size_t i = 0; i < 1200; ++i) f.put(std::to_string(i), all[i]);
  f.erase("0");
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  threads.emplace_back([&] {
    while (!done) f.partition.maintain(2, f.stop);
  });
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; !done; i = (i + 1) % all.size()) {
        std::set<std::string> ids;
        for (const auto& found : f.nearest(all[i], 20)) {
          if (!ids.insert(found.id).second || found.id == "0") ++wrong;
        }
      }
    });
  }
  for (std::size_t i = 1200; i < all.size(); ++i) {
    f.put(std::to_string(i), all[i], {i % 2 == 0 ? "even" : "odd"});
    f.erase(std::to_string(i - 1100));
    f.put(std::to_string(i - 500), all[i - 500]);
  }
  done = true;
  threads.clear();
  CHECK(wrong == 0);
  f.maintain();
  CHECK(f.partition.counts().alive == 3000 - 1801);
}
