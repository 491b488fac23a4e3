// Who waits for whom on a server of metadata, and that nobody waits in a circle.
#include "contract/metadata_server_contract.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <future>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::InsertStatus;
using ports::UpdateStatus;
using test::next_of;
using Fixture = test::MetadataServerTest;

TEST_CASE("batches in opposite order and with the same new names never deadlock") {
  const Fixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(Fixture::row("row " + std::to_string(i)));
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

TEST_CASE("puts, updates and erases of a few rows at once never deadlock") {
  const Fixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(Fixture::row("first"));
  f.insert(rows);
  test::ThreadFailures failed;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (int i = 0; i < 15; ++i) {
          const auto& old = rows[static_cast<std::size_t>(i + t) % rows.size()].metadata;
          const auto fresh = Fixture::row("fresh");
          f.insert({fresh, Fixture::row("more")});
          {
            const auto transaction = f.port->begin(Fixture::soon());
            auto update = next_of(old);
            update.metadata.tags = {"b", "u" + std::to_string(i % 3)};
            update.title_words = {"w" + std::to_string(t)};
            update.metadata.version =
                f.port->read_states({&old.id, 1}, Fixture::soon())[0]->version + 1;
            (void)transaction->update(update, Fixture::soon());
            const ports::OutboxEntry entry{.id = old.id, .version = update.metadata.version};
            transaction->enqueue({&entry, 1}, Fixture::soon());
            transaction->commit(Fixture::soon());
          }
          if (!f.erase(fresh.metadata.id)) ++failed;
          for (const auto& claimed : f.port->claim_outbox(3, 1ms, Fixture::soon())) {
            f.port->complete_outbox({&claimed.sequence, 1}, Fixture::soon());
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

TEST_CASE("an erase of an id that a put is inserting waits, and erases it") {
  const Fixture f;
  const auto row = Fixture::row("raced");
  const auto put = f.port->begin(Fixture::soon());
  put->start_insert({&row, 1}, Fixture::soon());
  CHECK(put->finish_insert(Fixture::soon()).front() == InsertStatus::inserted);
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  f.setup->await_lock_wait();
  put->commit(Fixture::soon());
  CHECK(erased.get());
  CHECK(f.port->find({}, Fixture::soon()).empty());
  CHECK(f.insert({row}).front() == InsertStatus::erased);
}

TEST_CASE("a put of an id that is being erased waits, and is refused") {
  const Fixture f;
  for (const bool there : {false, true}) {
    const auto row = Fixture::row("raced");
    if (there) f.insert({row});
    const auto erase = f.port->begin(Fixture::soon());
    CHECK(erase->erase({&row.metadata.id, 1}, Fixture::soon()).front() == there);
    auto put = std::async(std::launch::async, [&] { return f.insert({row}).front(); });
    f.setup->await_lock_wait();
    erase->commit(Fixture::soon());
    CHECK(put.get() == InsertStatus::erased);
    CHECK(f.port->find({}, Fixture::soon()).empty());
  }
}

TEST_CASE("an erase takes the outbox entry of an update that it waited for with it") {
  const Fixture f;
  const auto row = Fixture::row("raced");
  f.insert({row});
  const auto update = f.port->begin(Fixture::soon());
  CHECK(update->update(next_of(row.metadata), Fixture::soon()).status == UpdateStatus::updated);
  const ports::OutboxEntry entry{.id = row.metadata.id, .version = 2};
  update->enqueue({&entry, 1}, Fixture::soon());
  auto erased = std::async(std::launch::async, [&] { return f.erase(row.metadata.id); });
  f.setup->await_lock_wait();
  update->commit(Fixture::soon());
  CHECK(erased.get());
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 0);
}

TEST_CASE("a put whose user is being erased waits, and is told that it is unknown") {
  const Fixture f;
  const auto row = Fixture::row("raced");
  const auto removing = f.port->begin(Fixture::soon());
  CHECK(removing->erase_user(1, 10, Fixture::soon()).user_removed);
  auto put = std::async(std::launch::async, [&] { return f.insert({row, Fixture::row("more")}); });
  f.setup->await_lock_wait();
  removing->commit(Fixture::soon());
  CHECK(put.get() == std::vector(2, InsertStatus::unknown_user));
}

TEST_CASE("a repeated put waits for the first one, and is told what became of it") {
  const Fixture f;
  for (const bool committed : {true, false}) {
    const auto row = Fixture::row("doubtful");
    auto first = f.port->begin(Fixture::soon());
    first->start_insert({&row, 1}, Fixture::soon());
    CHECK(first->finish_insert(Fixture::soon()).front() == InsertStatus::inserted);
    auto repeated = std::async(std::launch::async, [&] {
      return f.insert({row, Fixture::row("other")});
    });
    f.setup->await_lock_wait();
    if (committed) first->commit(Fixture::soon());
    first.reset();
    const auto status = committed ? InsertStatus::duplicate : InsertStatus::inserted;
    CHECK(repeated.get() == std::vector{status, InsertStatus::inserted});
  }
}

TEST_CASE("a repeated update waits for the first one, and is told what became of it") {
  const Fixture f;
  for (const bool committed : {true, false}) {
    const auto row = Fixture::row("doubtful");
    f.insert({row});
    const auto update = next_of(row.metadata);
    auto first = f.port->begin(Fixture::soon());
    CHECK(first->update(update, Fixture::soon()).status == UpdateStatus::updated);
    const auto second = f.port->begin(Fixture::soon());
    auto repeated = std::async(std::launch::async,
                               [&] { return second->update(update, Fixture::soon()).status; });
    f.setup->await_lock_wait();
    if (committed) first->commit(Fixture::soon());
    first.reset();
    CHECK(repeated.get() == (committed ? UpdateStatus::repeated : UpdateStatus::updated));
  }
}
