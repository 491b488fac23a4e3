#include "support/breaker.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using polystore::support::Breaker;

TEST_CASE("a breaker lets all through until a failure, then nobody, then one") {
  Breaker breaker(60ms);
  CHECK(breaker.allows());
  CHECK(breaker.allows());
  breaker.failed();
  CHECK_FALSE(breaker.allows());
  std::this_thread::sleep_for(80ms);
  CHECK(breaker.allows());
  CHECK_FALSE(breaker.allows());
  breaker.succeeded();
  CHECK(breaker.allows());
  CHECK(breaker.allows());
}

TEST_CASE("a probe that never reports keeps nobody out for longer than another pause") {
  Breaker breaker(30ms);
  breaker.failed();
  std::this_thread::sleep_for(40ms);
  CHECK(breaker.allows());
  std::this_thread::sleep_for(40ms);
  CHECK(breaker.allows());
}

TEST_CASE("of many threads one is the probe") {
  Breaker breaker(400ms);
  breaker.failed();
  std::this_thread::sleep_for(420ms);
  std::atomic<int> allowed{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) allowed += breaker.allows() ? 1 : 0;
    });
  }
  threads.clear();
  CHECK(allowed == 1);
}
