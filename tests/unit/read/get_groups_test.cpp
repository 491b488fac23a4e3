#include "read/get_groups.hpp"

#include "support/deadline_grace.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::Found;
using read::GetGroups;

namespace {

// Reads that stop where a test wants them to. Each content tells its read by the version.
class Reads {
 public:
  std::vector<Found> read(std::span<const ContentId> ids, Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto number = static_cast<std::int64_t>(sizes.size()) + 1;
    sizes.push_back(ids.size());
    changed_.notify_all();
    if (fails) throw std::runtime_error("a bug");
    const bool answered =
        changed_.wait_until(lock, deadline.time(), [&] { return number <= allowed_; });
    std::vector<Found> found(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (answered) {
        found[i].content = Content{.metadata = {.id = ids[i], .version = number}};
      } else {
        found[i].error = Error({.code = ErrorCode::deadline_exceeded, .retryable = true});
      }
    }
    return found;
  }

  void allow(std::int64_t count) {
    const std::lock_guard lock(mutex_);
    allowed_ = count;
    changed_.notify_all();
  }
  void await_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return sizes.size() >= count; }));
  }

  std::vector<std::size_t> sizes;  // of each read; look at it when no thread is left
  std::atomic<bool> fails{false};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t allowed_ = 0;
};

struct Fixture {
  explicit Fixture(std::chrono::milliseconds patience = 60s, std::size_t batch_items = 64)
      : groups([this](auto ids, auto deadline) { return reads.read(ids, deadline); }, patience, 2,
               batch_items) {}

  std::jthread get(std::vector<Found>& found, std::size_t at,
                   Deadline deadline = Deadline::after(30s)) {
    return std::jthread([this, &found, at, deadline] { found[at] = groups.get(id, deadline); });
  }

  // As many as may at the same time, each in a read of its own.
  std::vector<std::jthread> lead_all(std::vector<Found>& found,
                                     Deadline deadline = Deadline::after(30s)) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.push_back(get(found, i, deadline));
      reads.await_begun(i + 1);
    }
    return threads;
  }

  Reads reads;
  GetGroups groups;
  ContentId id = ContentId::generate();
};

}  // namespace

TEST_CASE("a lone get is read at once, and alone") {
  Fixture f;
  f.reads.allow(1);
  const Found found = f.groups.get(f.id, Deadline::after(30s));
  REQUIRE(found.content);
  CHECK(found.content->metadata.id == f.id);
  CHECK(f.reads.sizes == std::vector<std::size_t>{1});
}

TEST_CASE("gets that come while two reads are under way are one read, which begins after them") {
  Fixture f;
  std::vector<Found> found(12);
  {
    auto threads = f.lead_all(found);
    for (std::size_t i = 2; i < found.size(); ++i) threads.push_back(f.get(found, i));
    std::this_thread::sleep_for(50ms);  // most of them wait by now
    f.reads.allow(1000);
  }
  CHECK(f.reads.sizes.size() < found.size());
  std::size_t gets = 0;
  for (const std::size_t size : f.reads.sizes) gets += size;
  CHECK(gets == found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(found[i].content);
    if (i >= 2) CHECK(found[i].content->metadata.version > 2);
  }
}

TEST_CASE("no read takes more gets than a batch holds, and all are read") {
  Fixture f(60s, 3);
  std::vector<Found> found(20);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i) threads.push_back(f.get(found, i));
    f.reads.await_begun(2);
    f.reads.allow(1000);
  }
  for (const std::size_t size : f.reads.sizes) CHECK(size <= 3);
  for (const Found& one : found) CHECK(one.content);
}

TEST_CASE("a get outlives the deadline of who reads for it") {
  Fixture f;
  std::vector<Found> found(4);
  {
    auto threads = f.lead_all(found, Deadline::after(200ms));
    threads.push_back(f.get(found, 2, Deadline::after(400ms)));  // leads next, with the fourth
    std::this_thread::sleep_for(20ms);
    threads.push_back(f.get(found, 3));
    f.reads.await_begun(3);
    for (std::size_t i = 0; i < 3; ++i) threads[i].join();
    f.reads.allow(1000);
  }
  for (std::size_t i = 0; i < 3; ++i) CHECK(found[i].error->code() == ErrorCode::deadline_exceeded);
  CHECK(found[3].content);
}

TEST_CASE("a get that waits for its turn ends by its deadline") {
  Fixture f;
  std::vector<Found> found(2);
  const auto threads = f.lead_all(found);
  const auto begin = Deadline::Clock::now();
  const Found late = f.groups.get(f.id, Deadline::after(100ms));
  CHECK(Deadline::Clock::now() - begin < 100ms + test::deadline_grace);
  CHECK(late.error->code() == ErrorCode::deadline_exceeded);
  CHECK(late.error->retryable());
  f.reads.allow(1000);
}

TEST_CASE("reads that hang hold no other get up, neither one that waits nor one of their own") {
  Fixture f(10ms);
  std::vector<Found> found(3);
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 3; ++i) {
    threads.push_back(f.get(found, i));
    f.reads.await_begun(i + 1);  // the third has lost its patience
  }
  f.reads.allow(1000);
  threads.clear();
  CHECK(f.reads.sizes == std::vector<std::size_t>{1, 1, 1});
  for (const Found& one : found) CHECK(one.content);
}

TEST_CASE("what a read throws is the error of all its gets, and the next get reads anew") {
  Fixture f;
  f.reads.fails = true;
  CHECK(f.groups.get(f.id, Deadline::after(30s)).error->code() == ErrorCode::internal);
  f.reads.fails = false;
  f.reads.allow(1000);
  CHECK(f.groups.get(f.id, Deadline::after(30s)).content);
}

TEST_CASE("a get without time is tried once") {
  Fixture f;
  f.reads.allow(1);
  CHECK(f.groups.get(f.id, Deadline::immediate()).content);
}
