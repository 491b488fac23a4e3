// What every MetadataPort promises about changes of one row (lib/ports/row_update.hpp).
#include "contract/metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::UpdateStatus;
using Fixture = test::MetadataPortTest;
using test::next_of;

namespace {

struct UpdateFixture : Fixture {
  UpdateFixture() { insert({first}); }

  ports::UpdateResult update(const ports::RowUpdate& row) const {
    const auto transaction = port->begin(soon());
    const auto result = transaction->update(row, soon());
    if (result.status == UpdateStatus::updated) transaction->commit(soon());
    return result;
  }

  ports::NewRow first = Fixture::row("first");
};

}  // namespace

TEST_CASE("an update changes every field of its row, and what find sees") {
  UpdateFixture f;
  const auto other = Fixture::row("other");
  f.insert({other});
  auto update = next_of(f.first.metadata);
  update.metadata.title = "Größe 🙂";
  update.metadata.model = "new 'model'";
  update.metadata.tags = {"b", "c\"{,}"};
  update.metadata.usage = {.prompt_tokens = 7, .completion_tokens = 0, .latency = 9us};
  update.title_words = {"grösse"};
  const auto result = f.update(update);
  CHECK(result.status == UpdateStatus::updated);
  CHECK(result.version == 2);
  CHECK(f.state(f.first.metadata.id)->version == 2);
  const auto found = f.port->find({.title_words = {"grösse"}}, Fixture::soon());
  REQUIRE(found.size() == 1);
  CHECK(found.front() == update.metadata);
  CHECK(f.list({.title_words = {"first"}}).empty());
  CHECK(f.list({.tags = {"a"}}) == std::vector{other.metadata.id});
  CHECK(f.list({.model = "new 'model'", .tags = {"b", "c\"{,}"}}).size() == 1);
  CHECK(f.port->find({.title_words = {"other"}}, Fixture::soon()).front() == other.metadata);
}

TEST_CASE("an update may take all tags and words away, and give them again") {
  UpdateFixture f;
  auto update = next_of(f.first.metadata);
  update.metadata.tags.clear();
  update.title_words.clear();
  CHECK(f.update(update).status == UpdateStatus::updated);
  CHECK(f.port->find({}, Fixture::soon()).front() == update.metadata);
  auto again = next_of(update.metadata);
  again.metadata.tags = f.first.metadata.tags;
  CHECK(f.update(again).status == UpdateStatus::updated);
  CHECK(f.list({.tags = {"a", "b"}, .title_words = {"first"}}).size() == 1);
}

TEST_CASE("an update of another version than the row's changes nothing") {
  UpdateFixture f;
  const auto second = next_of(f.first.metadata);
  CHECK(f.update(second).status == UpdateStatus::updated);
  auto late = next_of(f.first.metadata);
  late.metadata.title = "late";
  late.metadata.tags = {"late"};
  auto result = f.update(late);
  CHECK(result.status == UpdateStatus::superseded);
  CHECK(result.version == 2);
  auto early = next_of(next_of(second.metadata).metadata);
  result = f.update(early);
  CHECK(result.status == UpdateStatus::superseded);
  CHECK(result.version == 2);
  CHECK(f.port->find({}, Fixture::soon()).front() == second.metadata);
}

TEST_CASE("an update tells a repeat of itself from another one") {
  UpdateFixture f;
  const auto update = next_of(f.first.metadata);
  CHECK(f.update(update).status == UpdateStatus::updated);
  const auto result = f.update(update);
  CHECK(result.status == UpdateStatus::repeated);
  CHECK(result.version == 2);
  CHECK(f.update(next_of(f.first.metadata)).status == UpdateStatus::superseded);
  CHECK(f.update(next_of(update.metadata)).status == UpdateStatus::updated);
  CHECK(f.update(update).status == UpdateStatus::superseded);
}

TEST_CASE("an update of a row that is not there, or was erased, says so") {
  UpdateFixture f;
  CHECK(f.update(next_of(Fixture::row("never").metadata)).status == UpdateStatus::absent);
  f.erase(f.first.metadata.id);
  CHECK(f.update(next_of(f.first.metadata)).status == UpdateStatus::absent);
  CHECK(f.list({}).empty());
}

TEST_CASE("an update that is rolled back changed nothing") {
  UpdateFixture f;
  f.enqueue(f.first.metadata.id, 1, std::vector<std::byte>(3));
  auto update = next_of(f.first.metadata);
  update.metadata.title = "dropped";
  update.metadata.model = "dropped";
  update.metadata.tags = {"dropped"};
  {
    const auto transaction = f.port->begin(Fixture::soon());
    CHECK(transaction->update(update, Fixture::soon()).status == UpdateStatus::updated);
    CHECK(f.setup->open()->find({}, Fixture::soon()).front() == f.first.metadata);
  }
  CHECK(f.port->find({}, Fixture::soon()).front() == f.first.metadata);
  CHECK(f.state(f.first.metadata.id)->pending);
  CHECK(f.update(update).status == UpdateStatus::updated);
}

TEST_CASE("an update takes the outbox entries of older versions away, dead ones too") {
  UpdateFixture f;
  const ContentId id = f.first.metadata.id;
  const auto neighbour = Fixture::row("neighbour");
  f.insert({neighbour});
  f.enqueue(id, 1, std::vector<std::byte>(3));
  const auto dead = f.enqueue(id, 1, std::vector<std::byte>(3));
  f.port->fail_outbox(dead, std::nullopt, "internal", Fixture::soon());
  f.enqueue(neighbour.metadata.id, 1, std::vector<std::byte>(4));

  const auto update = next_of(f.first.metadata);
  const std::vector<std::byte> body(5);
  const ports::OutboxEntry entry{.id = id, .version = 2, .body = body};
  const auto transaction = f.port->begin(Fixture::soon());
  CHECK(transaction->update(update, Fixture::soon()).status == UpdateStatus::updated);
  transaction->enqueue({&entry, 1}, Fixture::soon());
  transaction->commit(Fixture::soon());
  CHECK(f.state(id)->pending == body);
  CHECK(f.state(neighbour.metadata.id)->pending->size() == 4);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 2);
  CHECK(f.port->outbox_stats(Fixture::soon()).dead == 0);
}

TEST_CASE("of several updates of one version at once exactly one is applied") {
  UpdateFixture f;
  std::atomic<int> updated{0};
  test::ThreadFailures failed;
  std::vector<std::jthread> threads;
  constexpr int rounds = 15;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      try {
        for (Metadata seen = f.first.metadata; seen.version <= rounds;) {
          const auto result = f.update(next_of(seen));
          if (result.status == UpdateStatus::updated) ++updated;
          seen.version = result.version;
        }
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(updated == f.state(f.first.metadata.id)->version - 1);
}

TEST_CASE("updates and an erase at once: the row is gone and leaves no outbox entry of its own") {
  for (int round = 0; round < 10; ++round) {
    UpdateFixture f;
    const ContentId id = f.first.metadata.id;
    std::atomic<bool> started{false};
    test::ThreadFailures failed;
    {
      const std::jthread updater([&] {
        try {
          const std::vector<std::byte> body(5);
          for (auto row = next_of(f.first.metadata);; row = next_of(row.metadata)) {
            const auto transaction = f.port->begin(Fixture::soon());
            if (transaction->update(row, Fixture::soon()).status != UpdateStatus::updated) return;
            const ports::OutboxEntry entry{.id = id, .version = row.metadata.version, .body = body};
            transaction->enqueue({&entry, 1}, Fixture::soon());
            transaction->commit(Fixture::soon());
            started = true;
          }
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
      while (!started && failed == 0) std::this_thread::sleep_for(1ms);
      f.erase(id);
    }
    CHECK(failed == 0);
    CHECK_FALSE(f.state(id));
    CHECK(f.port->outbox_stats(Fixture::soon()).pending == 0);
  }
}
