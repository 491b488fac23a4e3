#include "polystore/pool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

struct Thing {
  explicit Thing(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  Thing(const Thing&) = delete;
  Thing& operator=(const Thing&) = delete;
  ~Thing() { --alive_; }
  bool healthy = true;
  std::atomic<int>& alive_;
};

struct Fixture {
  explicit Fixture(PoolOptions options)
      : pool(
            options, [this](Deadline) { return std::make_unique<Thing>(alive); },
            [](Thing& thing) { return thing.healthy; }) {}
  std::atomic<int> alive{0};
  Pool<Thing> pool;
};

ErrorCode code_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error was thrown");
  return ErrorCode::internal;
}

}  // namespace

TEST_CASE("a pool reuses what is given back") {
  Fixture f({.max_size = 2});
  const Thing* first = nullptr;
  {
    const auto lease = f.pool.acquire(Deadline::after(1s));
    first = &*lease;
  }
  CHECK(&*f.pool.acquire(Deadline::immediate()) == first);
  CHECK(f.alive == 1);
}

TEST_CASE("a pool never opens more than its bound, and a wait ends by the deadline") {
  Fixture f({.max_size = 1});
  const auto lease = f.pool.acquire(Deadline::after(1s));
  CHECK(code_of([&] { (void)f.pool.acquire(Deadline::after(20ms)); }) ==
        ErrorCode::deadline_exceeded);
  CHECK(code_of([&] { (void)f.pool.acquire(Deadline::immediate()); }) ==
        ErrorCode::deadline_exceeded);
  CHECK(f.alive == 1);
  CHECK(f.pool.stats().waiting == 0);
}

TEST_CASE("a pool with no place left to wait refuses at once") {
  Fixture f({.max_size = 1, .max_waiters = 0});
  const auto lease = f.pool.acquire(Deadline::after(1s));
  CHECK(code_of([&] { (void)f.pool.acquire(Deadline::after(1h)); }) == ErrorCode::overloaded);
}

TEST_CASE("an unhealthy or discarded object is dropped, and its place is free again") {
  Fixture f({.max_size = 1});
  f.pool.acquire(Deadline::after(1s))->healthy = false;
  CHECK(f.alive == 0);
  {
    auto lease = f.pool.acquire(Deadline::immediate());
    lease.discard();
    CHECK(f.alive == 0);
  }
  CHECK(f.pool.acquire(Deadline::immediate())->healthy);
}

TEST_CASE("an object that went bad while idle is replaced") {
  Fixture f({.max_size = 1});
  Thing* idle = nullptr;
  {
    auto lease = f.pool.acquire(Deadline::after(1s));
    idle = &*lease;
  }
  idle->healthy = false;
  CHECK(f.pool.acquire(Deadline::after(1s))->healthy);
  CHECK(f.alive == 1);
}

TEST_CASE("an object past its age is not kept") {
  Fixture f({.max_size = 1, .max_age = 0s});
  (void)f.pool.acquire(Deadline::after(1s));
  CHECK(f.alive == 0);
}

TEST_CASE("a factory that fails gives its place back") {
  int calls = 0;
  Pool<int> pool(
      {.max_size = 1},
      [&](Deadline) -> std::unique_ptr<int> {
        if (++calls == 1) throw Error({.code = ErrorCode::unavailable});
        return std::make_unique<int>(7);
      },
      [](int&) { return true; });
  CHECK(code_of([&] { (void)pool.acquire(Deadline::after(1s)); }) == ErrorCode::unavailable);
  CHECK(*pool.acquire(Deadline::immediate()) == 7);
}

TEST_CASE("a closed pool refuses, wakes its waiters, and a lease may outlive it") {
  std::optional<Pool<Thing>::Lease> lease;
  std::atomic<int> alive{0};
  {
    Pool<Thing> pool(
        {.max_size = 1}, [&](Deadline) { return std::make_unique<Thing>(alive); },
        [](Thing&) { return true; });
    lease.emplace(pool.acquire(Deadline::after(1s)));
    std::latch started(1);
    ErrorCode seen = ErrorCode::internal;
    std::jthread waiter([&] {
      started.count_down();
      seen = code_of([&] { (void)pool.acquire(Deadline::after(10s)); });
    });
    started.wait();
    pool.close();
    waiter.join();
    CHECK(seen == ErrorCode::closed);
  }
  CHECK(alive == 1);
  lease.reset();
  CHECK(alive == 0);
}

TEST_CASE("a pool that is assigned to is closed before") {
  const auto make = [](std::atomic<int>& alive) {
    return Pool<Thing>(
        {.max_size = 1}, [&](Deadline) { return std::make_unique<Thing>(alive); },
        [](Thing&) { return true; });
  };
  std::atomic<int> before{0};
  std::atomic<int> after{0};
  auto pool = make(before);
  const auto lease = pool.acquire(Deadline::after(1s));
  ErrorCode seen = ErrorCode::internal;
  std::jthread waiter([&] { seen = code_of([&] { (void)pool.acquire(Deadline::after(10s)); }); });
  while (pool.stats().waiting == 0) std::this_thread::yield();
  pool = make(after);
  waiter.join();
  CHECK(seen == ErrorCode::closed);
  (void)pool.acquire(Deadline::after(1s));
  CHECK(after == 1);
}

TEST_CASE("many threads share a small pool and each object has one user at a time") {
  Fixture f({.max_size = 3});
  std::atomic<int> in_use{0};
  std::atomic<int> most{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const auto lease = f.pool.acquire(Deadline::after(30s));
        const int now = ++in_use;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --in_use;
      }
    });
  }
  threads.clear();
  CHECK(most <= 3);
  CHECK(f.alive <= 3);
  CHECK(f.pool.stats().leased == 0);
}

TEST_CASE("a forked child gets a clear error, not its parent's sessions") {
  Fixture f({.max_size = 1});
  (void)f.pool.acquire(Deadline::after(1s));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int status = 1;
    try {
      (void)f.pool.acquire(Deadline::after(1s));
    } catch (const Error& error) {
      status = error.code() == ErrorCode::closed ? 0 : 2;
    }
    _exit(status);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(f.alive == 1);
}
