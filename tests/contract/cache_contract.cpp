// What every CachePort promises (lib/ports/cache_port.hpp), run on every backend.
#include "contract/cache_contract.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::literals;

namespace {

struct Fixture {
  static Deadline soon() { return Deadline::after(20s); }

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl = 1h) {
    cache.set(key, value, ttl, soon());
  }
  std::optional<std::string> get(std::string_view key) { return cache.get(key, soon()); }
  bool erase(std::string_view key) { return cache.erase(key, soon()); }

  std::unique_ptr<test::CacheFixture> setup = test::CacheFixture::make();
  ports::CachePort& cache = setup->cache();
};

}  // namespace

TEST_CASE("a value is kept, replaced and erased") {
  Fixture f;
  CHECK_FALSE(f.get("key"));
  f.set("key", "first");
  CHECK(f.get("key") == "first");
  f.set("key", "second");
  CHECK(f.get("key") == "second");
  CHECK(f.erase("key"));
  CHECK_FALSE(f.get("key"));
  CHECK_FALSE(f.erase("key"));
}

TEST_CASE("keys and values are any bytes, and a value may be empty") {
  Fixture f;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  f.set(bytes, bytes);
  CHECK(f.get(bytes) == bytes);
  f.set("empty", "");
  CHECK(f.get("empty") == "");
  CHECK_FALSE(f.get(bytes.substr(0, 255)));
}

TEST_CASE("a value is gone when its time is over, not before") {
  Fixture f;
  f.set("short", "v", 300ms);
  f.set("long", "v", 1h);
  CHECK(f.get("short") == "v");
  f.setup->pass(350ms);
  CHECK_FALSE(f.get("short"));
  CHECK_FALSE(f.erase("short"));
  CHECK(f.get("long") == "v");
}

TEST_CASE("setting again gives the new time") {
  Fixture f;
  f.set("key", "v", 200ms);
  f.set("key", "v", 1h);
  f.setup->pass(250ms);
  CHECK(f.get("key") == "v");
  f.set("key", "v", 200ms);
  f.setup->pass(250ms);
  CHECK_FALSE(f.get("key"));
}

TEST_CASE("the longest time to live is taken") {
  Fixture f;
  f.set("key", "v", limits::longest_ttl);
  CHECK(f.get("key") == "v");
  f.set("key", "v", limits::shortest_ttl);
  f.setup->pass(20ms);
  CHECK_FALSE(f.get("key"));
}

TEST_CASE("a value of megabytes comes back whole") {
  Fixture f;
  const std::string value(std::size_t{8} << 20, 'v');
  f.set("large", value);
  CHECK((f.get("large") == value));
}

TEST_CASE("threads use one cache at once") {
  Fixture f;
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      const std::string own = "own:" + std::to_string(t);
      for (int i = 0; i < 200; ++i) {
        f.set(own, std::to_string(i));
        f.set("shared", own);
        if (f.get(own) != std::to_string(i)) ++wrong;
        const auto shared = f.get("shared");
        if (!shared || !shared->starts_with("own:")) ++wrong;
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
}

TEST_CASE("a closed cache says so") {
  Fixture f;
  f.cache.close();
  f.cache.close();
  CHECK(test::error_of([&] { (void)f.get("key"); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { f.set("key", "v"); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { (void)f.erase("key"); }).code() == ErrorCode::closed);
}
