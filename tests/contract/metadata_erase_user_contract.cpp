// What every MetadataPort promises about the erase of a user with all rows.
#include "contract/metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::InsertStatus;
using Fixture = test::MetadataPortTest;

namespace {

struct EraseUserFixture : Fixture {
  EraseUserFixture() { port->ensure_user(2, "Grace", soon()); }

  static ports::NewRow row_of(std::int64_t user_id, int at) {
    auto row = Fixture::row("row");
    row.metadata.user_id = user_id;
    row.metadata.generated_at = Timestamp(std::chrono::milliseconds(at));
    return row;
  }

  std::vector<ContentId> add(std::int64_t user_id, int count) {
    std::vector<ports::NewRow> rows;
    std::vector<ContentId> ids;
    for (int i = 0; i < count; ++i) {
      rows.push_back(row_of(user_id, i));
      ids.push_back(rows.back().metadata.id);
    }
    insert(rows);
    return ids;
  }

  ports::ErasedOfUser erase_user(std::int64_t user_id, std::size_t limit) const {
    const auto transaction = port->begin(soon());
    auto erased = transaction->erase_user(user_id, limit, soon());
    transaction->commit(soon());
    return erased;
  }
};

}  // namespace

TEST_CASE("a user's rows are erased oldest first, and the user with the last of them") {
  EraseUserFixture f;
  const auto ids = f.add(1, 5);
  const auto others = f.add(2, 3);
  auto erased = f.erase_user(1, 2);
  CHECK(erased.user_found);
  CHECK_FALSE(erased.user_removed);
  CHECK(std::set(erased.ids.begin(), erased.ids.end()) == std::set(ids.begin(), ids.begin() + 2));
  CHECK(f.list({.user_id = 1}).size() == 3);
  CHECK(f.insert({EraseUserFixture::row_of(1, 0)}).front() == InsertStatus::inserted);
  erased = f.erase_user(1, 4);
  CHECK(erased.user_removed);
  CHECK(erased.ids.size() == 4);
  CHECK(f.list({.user_id = 1}).empty());
  CHECK(f.list({.limit = 10}).size() == 3);
  erased = f.erase_user(1, 4);
  CHECK_FALSE(erased.user_found);
  CHECK(erased.ids.empty());
  for (const auto& id : others) CHECK(f.state(id));
}

TEST_CASE("an erased user's ids are tombstones, the user is unknown and can be made known anew") {
  EraseUserFixture f;
  auto row = EraseUserFixture::row_of(1, 0);
  f.insert({row});
  CHECK(f.erase_user(1, 10).user_removed);
  CHECK(f.insert({row}).front() == InsertStatus::erased);
  CHECK(f.insert({EraseUserFixture::row_of(1, 0)}).front() == InsertStatus::unknown_user);
  CHECK(f.port->ensure_user(1, "Another", Fixture::soon()));
  CHECK(f.insert({row}).front() == InsertStatus::erased);
  CHECK(f.insert({EraseUserFixture::row_of(1, 0)}).front() == InsertStatus::inserted);
}

TEST_CASE("a user without rows is removed, an unknown one is not found") {
  EraseUserFixture f;
  const auto erased = f.erase_user(2, 10);
  CHECK(erased.user_found);
  CHECK(erased.user_removed);
  CHECK(erased.ids.empty());
  CHECK_FALSE(f.erase_user(404, 10).user_found);
  CHECK_FALSE(f.erase_user(404, 10).user_removed);
}

TEST_CASE("a user's outbox entries go, those of others stay") {
  EraseUserFixture f;
  const auto mine = f.add(1, 2);
  const auto other = f.add(2, 1);
  for (const auto& id : mine) f.enqueue(id, 1, std::vector<std::byte>(3));
  f.enqueue(other[0], 1, std::vector<std::byte>(3));
  f.erase_user(1, 10);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
  CHECK(f.state(other[0])->pending);
}

TEST_CASE("an erase of a user that is rolled back erased nothing") {
  EraseUserFixture f;
  const auto ids = f.add(1, 2);
  {
    const auto transaction = f.port->begin(Fixture::soon());
    CHECK(transaction->erase_user(1, 10, Fixture::soon()).user_removed);
  }
  CHECK(f.list({.user_id = 1}).size() == 2);
  CHECK(f.insert({EraseUserFixture::row_of(1, 0)}).front() == InsertStatus::inserted);
}

TEST_CASE("inserts of a user that is being erased are erased or refused, and do not hold it up") {
  EraseUserFixture f;
  test::ThreadFailures failed;
  std::atomic<int> inserted{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  constexpr int count = 4;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&] {
      try {
        for (;;) {
          const auto status = f.insert({EraseUserFixture::row_of(1, 0)}).front();
          if (status == InsertStatus::unknown_user) break;
          if (status != InsertStatus::inserted) ++failed;
          ++inserted;
        }
        ++refused;
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  while (inserted < 10 && failed == 0) std::this_thread::sleep_for(1ms);
  std::size_t erased = 0;
  for (bool removed = false; !removed;) {
    const auto batch = f.erase_user(1, 10);
    erased += batch.ids.size();
    removed = batch.user_removed;
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(refused == count);
  CHECK(erased == static_cast<std::size_t>(inserted));
  CHECK(f.list({}).empty());
}
