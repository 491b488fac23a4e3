// Hits of the near cache alone, from several threads, against what one writes by hand: an
// unordered_map with a list in order of use under one mutex.
#include "read/near_cache.hpp"

#include "compare.hpp"
#include "read/entry_hash.hpp"

#include <polystore/response.hpp>

#include <array>
#include <cmath>
#include <list>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using polystore::ports::EntryKey;
using polystore::read::NearCache;

constexpr std::size_t value_bytes = 1000;
constexpr std::size_t key_count = 10'000;
constexpr std::size_t batch = 1'000;
constexpr std::array callers_of_rows{std::size_t{1}, std::size_t{2}, std::size_t{8}};

using Shared = std::shared_ptr<const polystore::Response>;

Shared make_response() {
  auto response = std::make_shared<polystore::Response>();
  response->text = std::string(value_bytes, 'v');
  return response;
}

void require(const Shared& response) {
  if (!response || response->text.size() != value_bytes) throw std::runtime_error("no response");
}

class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  Shared find(const EntryKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  void insert(const EntryKey& key, Shared response) {
    const std::lock_guard lock(mutex_);
    order_.emplace_front(key, std::move(response));
    places_[key] = order_.begin();
    if (order_.size() > capacity_) {
      places_.erase(order_.back().first);
      order_.pop_back();
    }
  }

 private:
  using Order = std::list<std::pair<EntryKey, Shared>>;

  const std::size_t capacity_;
  std::mutex mutex_;
  Order order_;
  std::unordered_map<EntryKey, Order::iterator, polystore::read::EntryHash> places_;
};

// Positions of keys as users repeat them (Zipf, exponent 0.9); for each caller its own.
std::vector<std::vector<std::size_t>> make_picks(std::size_t callers) {
  std::vector<double> sums;
  double sum = 0;
  for (std::size_t rank = 1; rank <= key_count; ++rank) {
    sum += std::pow(static_cast<double>(rank), -0.9);
    sums.push_back(sum);
  }
  std::mt19937_64 random(1);
  std::uniform_real_distribution<> point(0, sum);
  std::vector<std::vector<std::size_t>> picks(callers);
  for (auto& of_caller : picks) {
    for (std::size_t i = 0; i < 64 * batch; ++i) {
      const auto found = std::ranges::lower_bound(sums, point(random));
      of_caller.push_back(static_cast<std::size_t>(found - sums.begin()) % key_count);
    }
  }
  return picks;
}

// Calls `hit` with the next pick of a caller.
template <class Hit>
auto one_by_one(std::size_t callers, Hit hit) {
  struct alignas(64) Next {
    std::size_t at = 0;
  };
  return [picks = make_picks(callers), next = std::vector<Next>(callers),
          hit = std::move(hit)](std::size_t caller) mutable {
    std::size_t& at = next[caller].at;
    hit(picks[caller][at]);
    at = (at + 1) % picks[caller].size();
  };
}

std::vector<EntryKey> make_keys() {
  std::mt19937_64 random(2);
  std::vector<EntryKey> keys(key_count);
  for (EntryKey& key : keys) {
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random() >> 56);
  }
  return keys;
}

void run_copies(const bench::Plan& plan, std::vector<bench::Row>& rows) {
  const auto keys = make_keys();
  NearCache near(std::size_t{64} * 1024 * 1024);
  LruCache lru(key_count);
  for (const EntryKey& key : keys) {
    const Shared response = make_response();
    near.insert(key, {.response = response}, near.begin_fill(key));
    lru.insert(key, response);
  }
  for (const std::size_t callers : callers_of_rows) {
    rows.push_back(bench::compare(
        plan,
        {.bench = "near_copy",
         .callers = callers,
         .size_bytes = value_bytes,
         .baseline = "lru_mutex"},
        one_by_one(callers, [&](std::size_t pick) { require(near.find(keys[pick])->response); }),
        one_by_one(callers, [&](std::size_t pick) { require(lru.find(keys[pick])); }),
        {.ours = batch, .baseline = batch}));
    bench::print(rows.back());
  }
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  std::vector<bench::Row> rows;
  run_copies(plan, rows);
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_near_cache", run); }
