// The book of epochs among threads.
#include "read/epoch_book.hpp"
#include "support/deadline_grace.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"
#include "unit/read/fake_epochs.hpp"
#include "values/entry_key.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::EpochBook;

namespace {

Deadline soon() { return Deadline::after(20s); }

/// A list whose first read waits, after it has looked, until it is let go.
struct Fixture {
  Fixture() {
    epochs.invalidate(Scope::user(1));
    epochs.after_read = [this] {
      if (epochs.reads > 1) return;
      held = true;
      held.notify_all();
      go.wait(false);
      if (fault) throw Error(*fault);
    };
  }

  void release() {
    go = true;
    go.notify_all();
  }

  /// A thread that calls, and counts as failed where it should not fail.
  std::jthread thread(std::function<void()> call) {
    return std::jthread([this, call = std::move(call)] {
      try {
        call();
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }

  std::atomic<bool> held{false};
  std::atomic<bool> go{false};
  std::optional<Error> fault;  // of the first read
  test::ThreadFailures failed;
  test::FakeEpochs epochs;
  EpochBook book{epochs};
};

}  // namespace

TEST_CASE("callers that come together share one read") {
  Fixture f;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) threads.push_back(f.thread([&] { f.book.catch_up(1, soon()); }));
  f.held.wait(false);
  f.release();
  threads.clear();
  CHECK(f.failed == 0);
  CHECK(f.epochs.reads == 1);
  CHECK(f.book.epoch() == 1);
}

TEST_CASE("what was recorded after a read had looked is read again") {
  Fixture f;
  auto first = f.thread([&] { f.book.refresh(soon()); });
  f.held.wait(false);
  f.epochs.invalidate(Scope::user(2));
  auto second = f.thread([&] {
    f.book.refresh(soon());
    if (f.book.epoch() != 2) ++f.failed;
  });
  auto third = f.thread([&] { f.book.catch_up(2, soon()); });
  f.release();
  first.join();
  second.join();
  third.join();
  CHECK(f.failed == 0);
  CHECK(f.book.epoch() == 2);
}

TEST_CASE("who waits for another's read waits until the own deadline at most") {
  Fixture f;
  auto slow = f.thread([&] { f.book.refresh(soon()); });
  f.held.wait(false);
  const auto start = Deadline::Clock::now();
  const Error error = test::error_of([&] { f.book.catch_up(1, Deadline::after(20ms)); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.retryable());
  CHECK(Deadline::Clock::now() - start < 20ms + test::deadline_grace);
  CHECK(test::error_of([&] { f.book.refresh(Deadline::immediate()); }).code() ==
        ErrorCode::deadline_exceeded);
  f.book.catch_up(0, Deadline::immediate());  // known already
  f.release();
  slow.join();
  CHECK(f.failed == 0);
}

TEST_CASE("the deadline of who reads is nobody else's") {
  Fixture f;
  f.fault = Error({.code = ErrorCode::deadline_exceeded, .message = "told to fail"});
  ErrorCode first_code{};
  auto first =
      f.thread([&] { first_code = test::error_of([&] { f.book.refresh(soon()); }).code(); });
  f.held.wait(false);
  std::vector<std::jthread> others;
  for (int t = 0; t < 3; ++t) others.push_back(f.thread([&] { f.book.catch_up(1, soon()); }));
  f.release();
  first.join();
  others.clear();
  CHECK(f.failed == 0);
  CHECK(first_code == ErrorCode::deadline_exceeded);
  CHECK(f.epochs.reads == 2);
  CHECK(f.book.epoch() == 1);
}

TEST_CASE("a read that takes longer than any caller has goes on without them") {
  test::FakeEpochs epochs;
  EpochBook book(epochs);
  epochs.invalidate(Scope::user(7));
  epochs.before_read = [&] {  // as a connection does that takes longer to make
    if (epochs.time_left.load() < 1s) {
      throw Error({.code = ErrorCode::deadline_exceeded, .message = "told to fail"});
    }
  };
  for (const auto span : {0ms, 20ms}) {
    epochs.invalidate(Scope::user(7));
    const std::int64_t epoch = book.epoch();
    const Error error = test::error_of([&] { book.catch_up(epoch + 1, Deadline::after(span)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(test::becomes_true([&] { return book.epoch() > epoch; }));
  }
}

TEST_CASE("a book that goes while its list is read waits for that") {
  Fixture f;
  {
    EpochBook book(f.epochs);
    f.fault = Error({.code = ErrorCode::deadline_exceeded, .message = "told to fail"});
    f.release();
    CHECK(test::error_of([&] { book.refresh(soon()); }).code() == ErrorCode::deadline_exceeded);
  }
  CHECK(f.epochs.reads == 2);
}

TEST_CASE("a read that fails for another reason fails for all who wait, and the next one works") {
  Fixture f;
  f.fault = Error({.code = ErrorCode::unavailable, .message = "told to fail"});
  std::atomic<int> waiting{0};
  std::atomic<int> unavailable{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(f.thread([&] {
      ++waiting;
      try {
        f.book.catch_up(1, soon());
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable) throw;
        ++unavailable;
      }
    }));
  }
  f.held.wait(false);
  CHECK(test::becomes_true([&] { return waiting == 4; }));
  f.release();
  threads.clear();
  CHECK(f.failed == 0);
  CHECK(unavailable >= 1);  // who came after the failure has read anew
  f.book.catch_up(1, soon());
  CHECK(f.book.epoch() == 1);
}

TEST_CASE("a key has all invalidations up to the epoch that it comes with") {
  constexpr std::int64_t count = 3'000;
  test::FakeEpochs epochs;
  EpochBook book(epochs);
  const CacheKey key =
      CacheKey::of({.tenant = Tenant::shared(), .model = "m", .prompt = "Hi", .user_id = 7});
  std::map<ports::EntryKey, std::int64_t> number_of{{key.digest(), 0}};
  const std::uint64_t scope = Scope::user(7).hash();
  for (std::int64_t n = 1; n <= count; ++n) {
    const values::EpochInForce in_force{.scope = scope, .epoch = n};
    number_of[values::entry_key(key.digest(), {&in_force, 1})] = n;
  }
  test::ThreadFailures failed;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (book.epoch() < count) {
        const auto current = book.entry_key(key);
        const auto found = number_of.find(current.key);
        if (found == number_of.end() || found->second < current.epoch) ++failed;
      }
    });
  }
  threads.emplace_back([&] {  // another process, which is heard of
    for (int n = 0; n < count / 2; ++n) {
      book.catch_up(epochs.invalidate(Scope::user(7)), soon());
    }
  });
  for (int n = 0; n < count / 2; ++n) book.invalidate(Scope::user(7), soon());
  threads.clear();
  CHECK(failed == 0);
  CHECK(number_of.at(book.entry_key(key).key) == count);
}

TEST_CASE("no key is made of what is half forgotten") {
  test::FakeEpochs epochs;
  EpochBook book(epochs);
  const CacheKey key = CacheKey::of({.tenant = Tenant::named("a"),
                                     .model = "m",
                                     .prompt = "Hi",
                                     .user_id = 7,
                                     .tags = {"x", "y", "z"}});
  std::set<ports::EntryKey> whole{book.entry_key(key).key};
  std::atomic<bool> done{false};
  std::vector<std::set<ports::EntryKey>> seen(2);
  {
    std::vector<std::jthread> readers;
    for (auto& keys : seen) {
      readers.emplace_back([&] {
        while (!done) keys.insert(book.entry_key(key).key);
      });
    }
    for (int round = 0; round < 300; ++round) {
      for (const char* tag : {"x", "y", "z"}) {
        book.invalidate(Scope::tag(Tenant::named("a"), tag), soon());
        whole.insert(book.entry_key(key).key);
      }
      for (int i = 0; i < 20; ++i) book.invalidate(Scope::user(8 + i), soon());
      epochs.may_forget = book.epoch();
      CHECK(book.forget({}, 1h, soon()) == 23);
      CHECK(book.entry_key(key).key == key.digest());
    }
    done = true;
  }
  for (const auto& keys : seen) CHECK(std::ranges::includes(whole, keys));
}
