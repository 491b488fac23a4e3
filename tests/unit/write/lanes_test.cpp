// Grouped commits: shared by those who come together, repeated when in doubt, ended by deadlines.
#include "write/lanes.hpp"

#include "support/errors.hpp"
#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using Fault = test::FaultyMetadata::Fault;

namespace {

Draft draft(const std::string& title) {
  return {.title = title, .model = "model", .user_id = 1, .id = ContentId::generate()};
}

struct Fixture : test::TwoFileStore {
  using test::TwoFileStore::TwoFileStore;

  // Puts that arrive while a commit is held are one group.
  std::vector<std::future<ContentId>> put_together(const std::vector<Draft>& drafts) {
    metadata->hold = true;
    std::vector<std::future<ContentId>> futures;
    futures.push_back(store.put_async(draft("holds the lane")));
    while (metadata->commits == 0) std::this_thread::sleep_for(1ms);
    for (const Draft& one : drafts) futures.push_back(store.put_async(one));
    release();
    futures.erase(futures.begin());
    return futures;
  }
  void release() {
    metadata->hold = false;
    metadata->hold.notify_all();
  }
};

}  // namespace

TEST_CASE("puts that come together share one commit") {
  Fixture f;
  std::vector<Draft> drafts;
  for (int i = 0; i < 20; ++i) drafts.push_back(draft(std::to_string(i)));
  auto futures = f.put_together(drafts);
  for (std::size_t i = 0; i < futures.size(); ++i) CHECK(futures[i].get() == *drafts[i].id);
  CHECK(f.metadata->commits == 2);
  CHECK(f.store.find({}).items.size() == 21);
}

TEST_CASE("a bad put of a group fails alone") {
  Fixture f;
  std::vector<Draft> drafts{draft("a"), draft("b"), draft("c")};
  drafts[1].user_id = 404;
  auto futures = f.put_together(drafts);
  CHECK(futures[0].get() == *drafts[0].id);
  CHECK(test::error_of([&] { futures[1].get(); }).field() == "user_id");
  CHECK(futures[2].get() == *drafts[2].id);
}

TEST_CASE("two puts of one id in one group are one content, or a conflict") {
  Fixture f;
  const Draft first = draft("first");
  Draft other = first;
  other.title = "other";
  auto futures = f.put_together({first, first, other});
  CHECK(futures[0].get() == *first.id);
  CHECK(futures[1].get() == *first.id);
  CHECK(test::error_of([&] { futures[2].get(); }).code() == ErrorCode::conflict);
  CHECK(f.store.get(*first.id)->metadata.title == "first");
}

TEST_CASE("a commit whose outcome is unknown is resolved by repeating it") {
  const Fault fault = GENERATE(Fault::answer_lost, Fault::request_lost, Fault::refused);
  Fixture f;
  f.metadata->fault = fault;
  f.metadata->times = 2;
  const Draft one = draft("resolved");
  CHECK(f.store.put(one) == *one.id);
  CHECK(f.metadata->commits == (fault == Fault::answer_lost ? 1 : 3));
  CHECK(f.store.get(*one.id)->metadata.title == "resolved");
  CHECK(f.store.find({}).items.size() == 1);
}

TEST_CASE("a commit that stays in doubt ends by the deadline, and says so") {
  Fixture f;
  f.metadata->fault = Fault::request_lost;
  const Error error =
      test::error_of([&] { f.store.put(draft("in doubt"), Deadline::after(200ms)); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(error.retryable());
}

TEST_CASE("a put that is surely refused is tried a few times, then fails definitely") {
  Fixture f;
  f.metadata->fault = Fault::refused;
  const Error error = test::error_of([&] { f.store.put(draft("refused"), Deadline::after(5s)); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.metadata->commits == 3);

  f.metadata->fault = Fault::refused_for_good;
  f.metadata->commits = 0;
  CHECK_FALSE(test::error_of([&] { f.store.put(draft("refused")); }).retryable());
  CHECK(f.metadata->commits == 1);
}

TEST_CASE("a put whose turn does not come ends by its deadline with nothing written") {
  Fixture f;
  f.metadata->hold = true;
  auto under_way = f.store.put_async(draft("under way"), Deadline::after(150ms));
  while (f.metadata->commits == 0) std::this_thread::sleep_for(1ms);
  const Draft waiting = draft("waiting");
  const auto start = Deadline::Clock::now();
  const Error late = test::error_of([&] { f.store.put(waiting, Deadline::after(100ms)); });
  CHECK(Deadline::Clock::now() - start < 1s);
  CHECK(late.code() == ErrorCode::deadline_exceeded);
  CHECK(late.outcome() == Outcome::not_applied);
  const Error doubtful = test::error_of([&] { under_way.get(); });
  CHECK(doubtful.code() == ErrorCode::deadline_exceeded);
  CHECK(doubtful.outcome() == Outcome::unknown);
  f.release();
  CHECK(f.store.put(draft("after")) != *waiting.id);
  CHECK_FALSE(f.store.get(*waiting.id));
}

TEST_CASE("a full queue refuses puts before anything is written") {
  Fixture f({.lanes = 1, .queue = {.items = 3}});
  f.metadata->hold = true;
  std::vector<std::future<ContentId>> accepted;
  for (int i = 0; i < 3; ++i) accepted.push_back(f.store.put_async(draft("accepted")));
  const Draft refused = draft("refused");
  const Error error = test::error_of([&] { (void)f.store.put_async(refused); });
  CHECK(error.code() == ErrorCode::overloaded);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.retryable());
  CHECK(f.store.put_many({&refused, 1}).front().error->code() == ErrorCode::overloaded);
  f.release();
  for (auto& future : accepted) CHECK_FALSE(future.get().is_nil());
  CHECK_FALSE(f.store.get(*refused.id));
  CHECK(f.store.put(refused) == *refused.id);
}

TEST_CASE("a call that is larger than the queue is taken in when nothing waits") {
  Fixture f({.lanes = 1, .queue = {.items = 2, .bytes = 100, .batch_items = 2}});
  std::vector<Draft> drafts;
  for (int i = 0; i < 7; ++i) drafts.push_back(draft(std::to_string(i)));
  for (const auto& result : f.store.put_many(drafts)) CHECK(result.value);
  CHECK(f.metadata->commits == 4);
}

TEST_CASE("closing ends puts that wait, and those under way are finished") {
  Fixture f;
  f.metadata->hold = true;
  const Draft first = draft("under way");
  auto under_way = f.store.put_async(first);
  while (f.metadata->commits == 0) std::this_thread::sleep_for(1ms);
  auto waiting = f.store.put_async(draft("waiting"));
  f.store.close();
  const Error error = test::error_of([&] { waiting.get(); });
  CHECK(error.code() == ErrorCode::closed);
  CHECK(error.outcome() == Outcome::not_applied);
  f.release();
  CHECK(under_way.get() == *first.id);
  CHECK(test::error_of([&] { (void)f.store.put_async(first); }).code() == ErrorCode::closed);
}

TEST_CASE("a store that goes ends every put first") {
  std::vector<std::future<ContentId>> futures;
  {
    Fixture f;
    for (int i = 0; i < 50; ++i) futures.push_back(f.store.put_async(draft(std::to_string(i))));
  }
  for (auto& future : futures) {
    REQUIRE(future.wait_for(0s) == std::future_status::ready);
    try {
      const ContentId id = future.get();
      CHECK_FALSE(id.is_nil());
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::closed);
      CHECK(error.outcome() == Outcome::not_applied);
    }
  }
}

TEST_CASE("a callback may put again") {
  Fixture f;
  std::promise<ContentId> second;
  f.store.put_async(draft("first"), [&](const ItemResult<ContentId>& result) {
    if (!result.value) return;
    f.store.put_async(draft("second"), [&](const ItemResult<ContentId>& next) {
      second.set_value(next.value.value_or(ContentId()));
    });
  });
  CHECK(f.store.get(second.get_future().get())->metadata.title == "second");
}

TEST_CASE("many callers of several lanes each get their own result") {
  Fixture f({.lanes = 3});
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&f, &wrong, t] {
      for (int i = 0; i < 20; ++i) {
        Draft one = draft(std::to_string(t) + ":" + std::to_string(i));
        if (i % 5 == 4) one.user_id = 404;
        try {
          const ContentId id = f.store.put(one, Deadline::after(30s));
          if (i % 5 == 4 || f.store.get(id)->metadata.title != one.title) ++wrong;
        } catch (const Error& error) {
          if (i % 5 != 4 || error.code() != ErrorCode::not_found) ++wrong;
        }
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  CHECK(f.store.find({.limit = 1000}).items.size() == 128);
}
