#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;

namespace {

struct Fixture : test::OpenedStore {
  Fixture() { store.ensure_user(2, "Grace"); }

  std::vector<ContentId> put(std::int64_t user_id, std::size_t count) {
    std::vector<ContentId> ids;
    while (ids.size() < count) {
      const std::vector<Draft> drafts(std::min<std::size_t>(count - ids.size(), 400),
                                      draft(user_id));
      for (const auto& result : store.put_many(drafts, Deadline::after(60s))) {
        ids.push_back(*result.value);
      }
    }
    return ids;
  }

  static Draft draft(std::int64_t user_id) {
    return {.title = "title",
            .model = "model",
            .user_id = user_id,
            .output = Document::from_json(R"({"a":1})"),
            .tags = {"t"}};
  }
};

}  // namespace

TEST_CASE("an erased user is gone with all contents, in several batches, and nobody else") {
  Fixture f;
  const auto mine = f.put(1, 1100);
  const auto others = f.put(2, 3);
  const auto receipt = f.store.erase_user(1, Deadline::after(60s));
  CHECK(receipt.user_found);
  CHECK(receipt.contents_erased == 1100);
  CHECK(receipt.outputs_pending == 0);
  CHECK(receipt.complete);
  CHECK(f.store.find({.user_id = 1}).items.empty());
  for (const std::size_t i : {0U, 499U, 500U, 1099U}) CHECK_FALSE(f.store.get(mine[i]));
  for (const auto& id : others) CHECK(f.store.get(id));
  CHECK(f.store.maintenance().outbox_status().pending == 0);

  const Error error = error_of([&] { f.store.put(Fixture::draft(1)); });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.field() == "user_id");
  const auto again = f.store.erase_user(1);
  CHECK_FALSE(again.user_found);
  CHECK(again.contents_erased == 0);
  CHECK(again.complete);
}

TEST_CASE("a user is erased in as many calls as it takes") {
  Fixture f;
  f.put(1, 1100);
  std::int64_t contents = 0;
  EraseUserReceipt receipt;
  for (int call = 0; call < 2000 && !receipt.complete; ++call) {
    try {
      receipt = f.store.erase_user(1, Deadline::after(std::chrono::milliseconds(call)));
      contents += receipt.contents_erased;
    } catch (const Error& error) {
      INFO(error.what());
      REQUIRE(
          (error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
    }
  }
  CHECK(receipt.complete);
  CHECK(contents <= 1100);  // less, where a commit was not answered in time
  CHECK(f.store.find({.user_id = 1}).items.empty());
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("a user id that can't be is refused") {
  Fixture f;
  test::check_refused("user_id", "1 or more", [&] { f.store.erase_user(0); });
}

TEST_CASE("puts and updates among the erase of their user are erased, too, or refused") {
  Fixture f;
  const auto updated = f.put(1, 1).front();
  const auto others = f.put(2, 3);
  std::mutex mutex;
  std::vector<ContentId> acknowledged;
  test::ThreadFailures wrong;
  std::vector<std::jthread> threads;
  const auto until_not_found = [&](auto call) {
    return [&, call] {
      try {
        for (;;) call();
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) wrong.add(error.what());
      }
    };
  };
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back(until_not_found([&] {
      const ContentId id = f.store.put(Fixture::draft(1), Deadline::after(60s));
      const std::lock_guard lock(mutex);
      acknowledged.push_back(id);
    }));
  }
  threads.emplace_back(until_not_found(
      [&] { f.store.update(updated, {.title = "changed"}, Deadline::after(60s)); }));
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  while (count() < 20 && wrong == 0) std::this_thread::sleep_for(1ms);
  const auto receipt = f.store.erase_user(1, Deadline::after(60s));
  CHECK(receipt.complete);
  CHECK(f.store.find({.user_id = 1}).items.empty());
  threads.clear();
  CHECK(wrong == 0);
  CHECK(receipt.contents_erased == static_cast<std::int64_t>(acknowledged.size()) + 1);
  CHECK(f.store.find({.user_id = 1}).items.empty());
  acknowledged.push_back(updated);
  for (const auto& id : acknowledged) CHECK_FALSE(f.store.get(id));
  for (const auto& id : others) CHECK(f.store.get(id));
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}
