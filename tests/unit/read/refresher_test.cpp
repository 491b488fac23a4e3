#include "read/refresher.hpp"

#include "entry_keys.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::Refresher;
using test::becomes_true;
using test::entry_key;
using Submitted = Refresher::Submitted;

namespace {

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

// Jobs that end when told.
struct Held {
  std::promise<void> release{};
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> begun{0};

  Refresher::Job job() {
    return [this](Deadline) {
      ++begun;
      released.wait();
    };
  }
};

}  // namespace

TEST_CASE("a refresher runs its jobs, each with a deadline, on threads that start when needed") {
  std::thread([] {}).join();          // with the first one ThreadSanitizer starts another
  std::this_thread::sleep_for(20ms);  // a joined one may be listed for a moment
  const std::size_t threads = threads_of_this_process();
  Refresher refresher({.threads = 2, .job_deadline = 30s});
  CHECK(threads_of_this_process() == threads);
  std::promise<Deadline::Clock::duration> ran;
  CHECK(refresher.submit(entry_key(1), [&](Deadline deadline) {
    ran.set_value(deadline.remaining());
  }) == Submitted::queued);
  const auto remaining = ran.get_future().get();
  CHECK(remaining > 1s);
  CHECK(remaining <= 30s);
  REQUIRE(becomes_true([&] { return refresher.counts().done == 1; }));
  CHECK(threads_of_this_process() == threads + 1);
}

TEST_CASE("of one key one job waits or is under way, and another may come after it") {
  Held held;
  Refresher refresher({.threads = 1});
  CHECK(refresher.submit(entry_key(1), held.job()) == Submitted::queued);
  REQUIRE(becomes_true([&] { return held.begun == 1; }));
  CHECK(refresher.submit(entry_key(1), held.job()) == Submitted::under_way_already);
  CHECK(refresher.submit(entry_key(2), held.job()) == Submitted::queued);
  CHECK(refresher.submit(entry_key(2), held.job()) == Submitted::under_way_already);
  held.release.set_value();
  REQUIRE(becomes_true([&] { return refresher.counts().done == 2; }));
  CHECK(refresher.submit(entry_key(1), held.job()) == Submitted::queued);
  REQUIRE(becomes_true([&] { return refresher.counts().done == 3; }));
  CHECK(held.begun == 3);
  CHECK(refresher.counts().dropped == 0);
}

TEST_CASE("no more jobs run at once than there are threads, and those too many are dropped") {
  Held held;
  Refresher refresher({.threads = 2, .waiting = 3});
  std::uint64_t key = 0;
  for (int i = 0; i < 2; ++i)
    CHECK(refresher.submit(entry_key(++key), held.job()) == Submitted::queued);
  REQUIRE(becomes_true([&] { return held.begun == 2; }));
  for (int i = 0; i < 3; ++i)
    CHECK(refresher.submit(entry_key(++key), held.job()) == Submitted::queued);
  CHECK(refresher.submit(entry_key(++key), held.job()) == Submitted::dropped);
  CHECK(held.begun == 2);
  CHECK(refresher.counts().dropped == 1);
  held.release.set_value();
  REQUIRE(becomes_true([&] { return refresher.counts().done == 5; }));
  CHECK(refresher.submit(entry_key(key), held.job()) == Submitted::queued);
}

TEST_CASE("a refresher of no threads drops all") {
  Refresher refresher({.threads = 0});
  CHECK(refresher.submit(entry_key(1), [](Deadline) {}) == Submitted::dropped);
  CHECK(refresher.counts().dropped == 1);
}

TEST_CASE("what a job throws ends nothing") {
  Refresher refresher({.threads = 1});
  (void)refresher.submit(entry_key(1), [](Deadline) { throw std::runtime_error("no model"); });
  (void)refresher.submit(entry_key(2), [](Deadline) { throw 7; });
  (void)refresher.submit(entry_key(3), [](Deadline) {});
  REQUIRE(becomes_true([&] { return refresher.counts().done == 1; }));
  CHECK(refresher.counts().failed == 2);
}

TEST_CASE("a closed refresher drops what waits and what comes, and waits for nothing") {
  Held held;
  Refresher refresher({.threads = 1});
  (void)refresher.submit(entry_key(1), held.job());
  REQUIRE(becomes_true([&] { return held.begun == 1; }));
  auto owned = std::make_shared<int>();
  (void)refresher.submit(entry_key(2), [owned](Deadline) {});
  refresher.close();
  CHECK(owned.use_count() == 1);
  CHECK(refresher.submit(entry_key(3), held.job()) == Submitted::dropped);
  CHECK(refresher.counts().dropped == 2);
  held.release.set_value();
  REQUIRE(becomes_true([&] { return refresher.counts().done == 1; }));
}

TEST_CASE("the end of a refresher waits for the job under way") {
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  {
    Refresher refresher({.threads = 2});
    (void)refresher.submit(entry_key(1), [&](Deadline) {
      begun = true;
      std::this_thread::sleep_for(50ms);
      ended = true;
    });
    REQUIRE(becomes_true([&] { return begun.load(); }));
  }
  CHECK(ended);
}

TEST_CASE("the end of a refresher does not wait for a job that overstays its deadline") {
  auto release = std::make_shared<std::promise<void>>();
  auto gone = std::make_shared<std::promise<void>>();
  std::atomic<bool> begun{false};
  {
    Refresher refresher({.threads = 1, .job_deadline = 10ms});
    (void)refresher.submit(entry_key(1),
                           [&begun, gone, released = release->get_future().share()](Deadline) {
                             begun = true;
                             released.wait();
                             gone->set_value();
                           });
    REQUIRE(becomes_true([&] { return begun.load(); }));
  }
  release->set_value();
  CHECK(gone->get_future().wait_for(60s) == std::future_status::ready);
}

TEST_CASE("a job may end its refresher") {
  auto refresher = std::make_shared<std::unique_ptr<Refresher>>();
  *refresher = std::make_unique<Refresher>(read::RefreshLimits{.threads = 2, .job_deadline = 1h});
  std::promise<void> ended;
  (void)(*refresher)->submit(entry_key(1), [&](Deadline) {
    refresher->reset();
    ended.set_value();
  });
  CHECK(ended.get_future().wait_for(60s) == std::future_status::ready);
}

TEST_CASE("threads submit to a refresher") {
  std::atomic<int> ran{0};
  std::array<std::atomic<int>, 10> under_way{};
  test::ThreadFailures failures;
  std::uint64_t queued = 0;
  {
    Refresher refresher({.threads = 4, .waiting = 16});
    std::atomic<std::uint64_t> taken{0};
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::uint64_t i = 0; i < 1'000; ++i) {
          const std::uint64_t number = (i * 7 + thread) % under_way.size();
          const auto submitted = refresher.submit(entry_key(number), [&, number](Deadline) {
            if (++under_way[number] > 1) failures.add("two of one key");
            ++ran;
            --under_way[number];
          });
          if (submitted == Submitted::queued) ++taken;
        }
      });
    }
    threads.clear();
    queued = taken;
    CHECK(becomes_true([&] { return refresher.counts().done == queued; }));
  }
  CHECK(failures == 0);
  CHECK(static_cast<std::uint64_t>(ran) == queued);
}
