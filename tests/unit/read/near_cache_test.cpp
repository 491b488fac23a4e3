#include "read/near_cache.hpp"

#include "entry_keys.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

using namespace polystore;
using read::NearCache;
using read::NearEntry;
using test::entry_key;

namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

NearEntry entry(const std::string& text) {
  auto response = std::make_shared<Response>();
  response->text = text;
  return {.response = std::move(response)};
}

void insert(NearCache& cache, std::uint64_t key, const std::string& text) {
  cache.insert(entry_key(key), entry(text), cache.begin_fill(entry_key(key)));
}

std::optional<std::string> text_of(NearCache& cache, std::uint64_t key) {
  const auto found = cache.find(entry_key(key));
  if (!found) return std::nullopt;
  return found->response->text;
}

// What a plain cache does: who was not used for the longest time goes.
class Lru {
 public:
  explicit Lru(std::size_t capacity) : capacity_(capacity) {}

  bool find(std::uint64_t key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return false;
    order_.splice(order_.begin(), order_, found->second);
    return true;
  }
  void insert(std::uint64_t key) {
    if (order_.size() == capacity_) {
      places_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    places_[key] = order_.begin();
  }

 private:
  std::size_t capacity_;
  std::list<std::uint64_t> order_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places_;
};

// Keys as users repeat them (Zipf, exponent 0.9), between scans of keys that come once.
class Trace {
 public:
  explicit Trace(std::size_t keys) {
    double sum = 0;
    for (std::size_t rank = 1; rank <= keys; ++rank) {
      sum += std::pow(static_cast<double>(rank), -0.9);
      sums_.push_back(sum);
    }
  }

  std::uint64_t popular() {
    const double point = std::uniform_real_distribution<>(0, sums_.back())(random_);
    return static_cast<std::uint64_t>(std::ranges::lower_bound(sums_, point) - sums_.begin());
  }
  std::uint64_t once() { return sums_.size() + ++scanned_; }
  bool scans() { return std::uniform_int_distribution<>(0, 99)(random_) < 40; }

 private:
  std::mt19937_64 random_{1};
  std::vector<double> sums_;
  std::uint64_t scanned_ = 0;
};

}  // namespace

TEST_CASE("a near cache gives what was inserted last, until it is erased") {
  NearCache cache(mebibyte);
  CHECK(!cache.find(entry_key(1)));
  const auto first = entry("first");
  cache.insert(entry_key(1), first, cache.begin_fill(entry_key(1)));
  CHECK(cache.find(entry_key(1))->response == first.response);
  CHECK(!cache.find(entry_key(2)));
  insert(cache, 1, "second");
  CHECK(text_of(cache, 1) == "second");
  CHECK(first.response->text == "first");
  cache.erase(entry_key(1));
  CHECK(!cache.find(entry_key(1)));
  cache.erase(entry_key(1));
}

TEST_CASE("a cleared near cache holds nothing, and takes entries again") {
  NearCache cache(16 * mebibyte);
  for (std::uint64_t key = 0; key < 1000; ++key) insert(cache, key, "text");
  CHECK(cache.size_bytes() > 1000 * sizeof(Response));
  cache.clear();
  CHECK(cache.size_bytes() == 0);
  for (std::uint64_t key = 0; key < 1000; ++key) REQUIRE(!cache.find(entry_key(key)));
  insert(cache, 1, "again");
  CHECK(text_of(cache, 1) == "again");
}

TEST_CASE("a near cache of zero bytes keeps nothing") {
  NearCache cache(0);
  insert(cache, 1, "text");
  CHECK(!cache.find(entry_key(1)));
  CHECK(cache.size_bytes() == 0);
  cache.erase(entry_key(1));
  cache.clear();
}

TEST_CASE("an entry that is too small a cache's is not kept, nor is what it replaces") {
  NearCache cache(mebibyte);  // one shard
  insert(cache, 1, "old");
  insert(cache, 1, std::string(mebibyte / 8, 'x'));
  CHECK(!cache.find(entry_key(1)));
  insert(cache, 1, std::string(mebibyte / 9, 'x'));
  CHECK(text_of(cache, 1) == std::string(mebibyte / 9, 'x'));

  NearCache tiny(100);
  insert(tiny, 1, "");
  CHECK(!tiny.find(entry_key(1)));
  CHECK(tiny.size_bytes() <= 100);
}

TEST_CASE("a fill that began before its key was erased is not kept") {
  NearCache cache(64 * mebibyte);
  const auto ticket = cache.begin_fill(entry_key(1));
  SECTION("by the key") { cache.erase(entry_key(1)); }
  SECTION("with all others") { cache.clear(); }
  cache.insert(entry_key(1), entry("older than the erase"), ticket);
  CHECK(!cache.find(entry_key(1)));

  insert(cache, 1, "newer");
  cache.insert(entry_key(1), entry("older than the erase"), ticket);
  CHECK(text_of(cache, 1) == "newer");
}

TEST_CASE("an erase spoils few fills of other keys") {
  NearCache cache(64 * mebibyte);
  std::vector<NearCache::Ticket> tickets;
  for (std::uint64_t key = 1; key <= 1000; ++key)
    tickets.push_back(cache.begin_fill(entry_key(key)));
  cache.erase(entry_key(0));
  int kept = 0;
  for (std::uint64_t key = 1; key <= 1000; ++key) {
    cache.insert(entry_key(key), entry("text"), tickets[key - 1]);
    if (cache.find(entry_key(key))) ++kept;
  }
  CHECK(kept > 980);
}

TEST_CASE("a near cache stays within its bytes and never gives what was replaced or erased") {
  const auto max_bytes = GENERATE(std::size_t{3'000}, 100'000, mebibyte, 5 * mebibyte);
  const auto seed = GENERATE(1U, 2U);
  CAPTURE(max_bytes, seed);
  std::mt19937_64 random(seed);
  NearCache cache(max_bytes);
  std::map<std::uint64_t, std::string> model;
  const auto pick = [&](std::uint64_t below) { return random() % below; };
  std::size_t found = 0;
  for (int step = 0; step < 5'000; ++step) {
    const std::uint64_t key = pick(1'000);
    const auto what = pick(1'000);
    if (what < 500) {
      // Now and then larger than what may be kept.
      const std::size_t size = pick(60) == 0 ? pick(max_bytes / 4) : pick(max_bytes / 100 + 50);
      model[key] = std::to_string(step) + std::string(size, 'x');
      insert(cache, key, model[key]);
    } else if (what < 600) {
      cache.erase(entry_key(key));
      model.erase(key);
    } else if (what == 600) {
      cache.clear();
      model.clear();
    } else if (const auto text = text_of(cache, key)) {
      ++found;
      REQUIRE(model.contains(key));
      REQUIRE(*text == model[key]);
    }
    REQUIRE(cache.size_bytes() <= max_bytes);
  }
  std::size_t text_bytes = 0;
  for (const auto& [key, text] : model) text_bytes += text_of(cache, key).value_or("").size();
  CHECK(text_bytes <= cache.size_bytes());
  CHECK(found > 0);
}

TEST_CASE("keys that come once do not push out those that come again") {
  NearCache cache(mebibyte);
  const std::string text(200, 'x');
  std::size_t capacity = 0;
  for (std::uint64_t key = 0; key < 10'000; ++key) insert(cache, key, text);
  for (std::uint64_t key = 0; key < 10'000; ++key) capacity += cache.find(entry_key(key)) ? 1U : 0U;
  REQUIRE(capacity > 1'000);
  cache.clear();

  Lru lru(capacity);
  Trace trace(20'000);
  constexpr int requests = 100'000;
  int asked = 0;
  int hits = 0;
  int lru_hits = 0;
  for (int request = 0; request < requests; ++request) {
    const bool scan = trace.scans();
    const std::uint64_t key = scan ? trace.once() : trace.popular();
    const bool hit = cache.find(entry_key(key)).has_value();
    const bool lru_hit = lru.find(key);
    if (!hit) insert(cache, key, text);
    if (!lru_hit) lru.insert(key);
    if (request < requests / 4) continue;  // both are filled by then
    asked += 1;
    hits += hit ? 1 : 0;
    lru_hits += lru_hit ? 1 : 0;
  }
  CAPTURE(capacity, asked, hits, lru_hits);
  CHECK(hits * 100 > lru_hits * 110);
}

namespace {

// A full cache, and keys that come once.
struct Scanned {
  NearCache cache{mebibyte};
  std::string text = std::string(200, 'x');
  std::uint64_t next = 1'000'000;

  void scan(int keys) {
    for (int i = 0; i < keys; ++i) insert(cache, next++, text);
  }
};

}  // namespace

TEST_CASE("a key that was hit twice stays through a scan") {
  Scanned f;
  f.scan(2'500);
  insert(f.cache, 1, f.text);
  insert(f.cache, 2, f.text);
  CHECK(f.cache.find(entry_key(1)));
  CHECK(f.cache.find(entry_key(1)));
  CHECK(f.cache.find(entry_key(2)));
  f.scan(10'000);
  CHECK(f.cache.find(entry_key(1)));
  CHECK(!f.cache.find(entry_key(2)));
}

TEST_CASE("a key that was dropped and comes again soon stays through a scan") {
  Scanned f;
  insert(f.cache, 1, f.text);
  f.scan(2'500);
  REQUIRE(!f.cache.find(entry_key(1)));
  insert(f.cache, 1, f.text);
  f.scan(10'000);
  CHECK(f.cache.find(entry_key(1)));
}

TEST_CASE("keys that are hit no more make room for those that are") {
  Scanned f;
  const auto use = [&](std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t key = first; key < first + count; ++key) {
      if (!f.cache.find(entry_key(key))) insert(f.cache, key, f.text);
    }
  };
  const auto kept = [&](std::uint64_t first, std::uint64_t count) {
    std::uint64_t found = 0;
    for (std::uint64_t key = first; key < first + count; ++key) {
      found += f.cache.find(entry_key(key)) ? 1U : 0U;
    }
    return found;
  };
  f.scan(2'500);
  for (int round = 0; round < 3; ++round) use(0, 200);
  for (std::uint64_t first = 10'000; first < 20'000; first += 250) {
    for (int round = 0; round < 3; ++round) use(first, 250);
    REQUIRE(kept(0, 100) == 100);  // which is a hit of each
  }
  CHECK(kept(100, 100) == 0);
  CHECK(kept(19'000, 1'000) == 1'000);
}
