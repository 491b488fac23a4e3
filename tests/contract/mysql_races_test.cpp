// Who waits for whom on MariaDB, and that nobody waits in a circle.
#include "contract/mysql_metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <future>
#include <thread>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using ports::InsertStatus;
using ports::UpdateStatus;

TEST_CASE("mysql: batches in opposite order and with the same new names never deadlock") {
  const MysqlFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(row_of("row " + std::to_string(i)));
    rows.back().metadata.model = "m" + std::to_string(i);
    rows.back().metadata.tags = {"t" + std::to_string(i)};
  }
  for (int round = 0; round < 10; ++round) {
    for (auto& row : rows) {
      row.metadata.id = ContentId::generate();
      row.metadata.model += "x";
      row.metadata.tags[0] += "x";
    }
    auto reversed = rows;
    std::ranges::reverse(reversed);
    auto first = std::async(std::launch::async, [&] { return f.insert(rows); });
    auto second = std::async(std::launch::async, [&] { return f.insert(reversed); });
    const auto count = [](const auto& statuses, InsertStatus status) {
      return std::ranges::count(statuses, status);
    };
    const auto one = first.get();
    const auto two = second.get();
    CHECK(count(one, InsertStatus::inserted) + count(two, InsertStatus::inserted) == 40);
    CHECK(count(one, InsertStatus::duplicate) + count(two, InsertStatus::duplicate) == 40);
  }
}

TEST_CASE("mysql: puts, updates and erases of a few rows at once never deadlock") {
  const MysqlFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(row_of("first"));
  f.insert(rows);
  ThreadFailures failed;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (int i = 0; i < 15; ++i) {
          const auto& old = rows[static_cast<std::size_t>(i + t) % rows.size()].metadata;
          const auto fresh = row_of("fresh");
          f.insert({fresh, row_of("more")});
          {
            const auto transaction = f.port->begin(soon());
            auto update = next_of(old);
            update.metadata.tags = {"b", "u" + std::to_string(i % 3)};
            update.title_words = {"w" + std::to_string(t)};
            update.metadata.version = f.port->read_states({&old.id, 1}, soon())[0]->version + 1;
            (void)transaction->update(update, soon());
            const ports::OutboxEntry entry{.id = old.id, .version = update.metadata.version};
            transaction->enqueue({&entry, 1}, soon());
            transaction->commit(soon());
          }
          if (!f.erase(fresh.metadata.id)) ++failed;
          for (const auto& claimed : f.port->claim_outbox(3, 1ms, soon())) {
            f.port->complete_outbox({&claimed.sequence, 1}, soon());
          }
        }
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
}

TEST_CASE("mysql: an erase of an id that a put is inserting waits, and erases it") {
  const MysqlFixture f;
  const auto row = row_of("raced");
  const auto put = f.port->begin(soon());
  put->start_insert({&row, 1}, soon());
  CHECK(put->finish_insert(soon()).front() == InsertStatus::inserted);
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  f.await_lock_wait();
  put->commit(soon());
  CHECK(erased.get());
  CHECK(f.port->find({}, soon()).empty());
  CHECK(f.insert({row}).front() == InsertStatus::erased);
}

TEST_CASE("mysql: a put of an id that is being erased waits, and is refused") {
  const MysqlFixture f;
  for (const bool there : {false, true}) {
    const auto row = row_of("raced");
    if (there) f.insert({row});
    const auto erase = f.port->begin(soon());
    CHECK(erase->erase({&row.metadata.id, 1}, soon()).front() == there);
    auto put = std::async(std::launch::async, [&] { return f.insert({row}).front(); });
    f.await_lock_wait();
    erase->commit(soon());
    CHECK(put.get() == InsertStatus::erased);
    CHECK(f.port->find({}, soon()).empty());
  }
}

TEST_CASE("mysql: a put whose user is being removed waits, and is told that it is unknown") {
  const MysqlFixture f;
  const auto row = row_of("raced");
  const auto removing = f.port->begin(soon());
  CHECK(removing->erase_user(1, 10, soon()).user_removed);
  auto put = std::async(std::launch::async, [&] { return f.insert({row, row_of("more")}); });
  f.await_lock_wait();
  removing->commit(soon());
  CHECK(put.get() == std::vector(2, InsertStatus::unknown_user));
}

TEST_CASE("mysql: a repeated put waits for the first one, and is told what became of it") {
  const MysqlFixture f;
  for (const bool committed : {true, false}) {
    const auto row = row_of("doubtful");
    auto first = f.port->begin(soon());
    first->start_insert({&row, 1}, soon());
    CHECK(first->finish_insert(soon()).front() == InsertStatus::inserted);
    auto repeated = std::async(std::launch::async, [&] {
      return f.insert({row, row_of("other")});
    });
    f.await_lock_wait();
    if (committed) first->commit(soon());
    first.reset();
    const auto status = committed ? InsertStatus::duplicate : InsertStatus::inserted;
    CHECK(repeated.get() == std::vector{status, InsertStatus::inserted});
  }
}

TEST_CASE("mysql: a repeated update waits for the first one, and is told what became of it") {
  const MysqlFixture f;
  for (const bool committed : {true, false}) {
    const auto row = row_of("doubtful");
    f.insert({row});
    const auto update = next_of(row.metadata);
    auto first = f.port->begin(soon());
    CHECK(first->update(update, soon()).status == UpdateStatus::updated);
    const auto second = f.port->begin(soon());
    auto repeated =
        std::async(std::launch::async, [&] { return second->update(update, soon()).status; });
    f.await_lock_wait();
    if (committed) first->commit(soon());
    first.reset();
    CHECK(repeated.get() == (committed ? UpdateStatus::repeated : UpdateStatus::updated));
  }
}
