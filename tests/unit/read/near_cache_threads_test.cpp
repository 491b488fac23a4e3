// What threads may do to a near cache at once; ThreadSanitizer looks on.
#include "entry_keys.hpp"
#include "read/near_cache.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using read::NearCache;
using read::NearEntry;
using test::entry_key;

namespace {

NearEntry entry(const std::string& text) {
  auto response = std::make_shared<Response>();
  response->text = text;
  return {.response = std::move(response)};
}

}  // namespace

TEST_CASE("threads hammer a near cache") {
  constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
  const auto max_bytes = GENERATE(mebibyte / 4, 64 * mebibyte);  // one shard, and all
  NearCache cache(max_bytes);
  std::vector<ports::EntryKey> keys;
  for (std::uint64_t number = 0; number < 500; ++number) keys.push_back(entry_key(number));
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::minstd_rand random(seed + 1);
      for (int step = 0; step < 10'000; ++step) {
        const std::size_t at = random() % keys.size();
        const auto what = random() % 1'000;
        if (what < 300) {
          const auto ticket = cache.begin_fill(keys[at]);
          cache.insert(keys[at], entry(std::to_string(at) + ":" + std::string(500, 'x')), ticket);
        } else if (what < 350) {
          cache.erase(keys[at]);
        } else if (what == 350) {
          cache.clear();
        } else if (const auto found = cache.find(keys[at])) {
          if (!found->response->text.starts_with(std::to_string(at) + ":")) ++failures;
        }
        if (what == 351 && cache.size_bytes() > max_bytes) failures.add("too large");
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  CHECK(cache.size_bytes() <= max_bytes);
}

// As a look-up does: it reads elsewhere, and meanwhile the entry changes there.
TEST_CASE("no fill outlives the erase that follows a change") {
  NearCache cache(std::size_t{1024} * 1024);
  const ports::EntryKey key = entry_key(1);
  std::atomic<int> stored{0};
  std::atomic<bool> stop{false};
  std::latch started(2);
  std::vector<std::jthread> fillers;
  for (int i = 0; i < 2; ++i) {
    fillers.emplace_back([&] {
      started.count_down();
      while (!stop) {
        const auto ticket = cache.begin_fill(key);
        cache.insert(key, entry(std::to_string(stored.load())), ticket);
      }
    });
  }
  started.wait();
  int older = 0;
  for (int version = 1; version <= 20'000; ++version) {
    stored = version;
    cache.erase(key);
    const auto found = cache.find(key);
    if (found && std::stoi(found->response->text) < version) ++older;
  }
  stop = true;
  fillers.clear();
  CHECK(older == 0);
}
