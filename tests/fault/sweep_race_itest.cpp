// The sweeper and the relay racing with puts and erases, on SQLite and on servers: faults 25, 26
// and 30 of drivers.md.
#include "polystore/polystore.hpp"

#include "fault/faulty_servers.hpp"
#include "support/ids.hpp"
#include "support/sqlite_parts.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <barrier>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::FaultyMetadata;
using test::FaultyOutputs;
using test::id_made_at;

namespace {

Draft draft(const ContentId& id) {
  return {.title = id.to_string(),
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"id":")" + id.to_string() + R"("})"),
          .id = id};
}

struct Race {
  std::size_t rounds;                      // puts
  std::chrono::milliseconds clock_offset;  // of the clients
  std::chrono::milliseconds min_age;       // for the sweeper
};

struct History {
  std::mutex mutex;
  std::vector<ContentId> acknowledged;
  std::vector<ContentId> failed;
};

// Each put may race with the sweeper; now and then a commit fails, which leaves an output behind.
void put_rounds(ContentStore& store, std::atomic<std::size_t>& begun, const Race& race,
                History& history) {
  while (begun++ < race.rounds) {
    const auto id = id_made_at(race.clock_offset);
    bool acknowledged = true;
    try {
      store.put(draft(id));
    } catch (const Error&) {
      acknowledged = false;
    }
    const std::lock_guard lock(history.mutex);
    (acknowledged ? history.acknowledged : history.failed).push_back(id);
  }
}

template <class Store>
std::uint64_t sweep_until(Store& f, const std::atomic<bool>& stop, const Race& race) {
  std::uint64_t removed = 0;
  auto next_fault = Deadline::after(20ms);
  while (!stop) {
    // Only what was put lately: all else was swept before.
    const SweepOptions options{
        .min_age = race.min_age, .largest_share = 1, .after = id_made_at(race.clock_offset - 2s)};
    removed += f.store.maintenance().sweep(options).removed;
    if (!next_fault.expired()) continue;
    // The next commit fails, after its outputs were written.
    f.metadata->times = 1;
    next_fault = Deadline::after(100ms);
  }
  return removed;
}

void check_history(ContentStore& store, const History& history) {
  std::size_t right = 0;
  for (const auto& id : history.acknowledged) {
    const auto content = store.get(id);
    if (content && content->output.get_string("id") == id.to_string()) ++right;
  }
  CHECK(right == history.acknowledged.size());
  std::size_t visible = 0;
  for (const auto& id : history.failed) visible += store.get(id) ? 1U : 0U;
  CHECK(visible == 0);
}

template <class Store>
void check_race(const Race& race) {
  Store f;
  f.store.put(draft(ContentId::generate()));
  f.metadata->times = 0;
  f.metadata->fault = FaultyMetadata::Fault::refused_for_good;
  History history;
  std::atomic<std::size_t> begun{0};
  std::atomic<bool> stop{false};
  test::ThreadFailures failed;
  std::uint64_t removed = 0;
  std::jthread sweeping([&] {
    try {
      removed = sweep_until(f, stop, race);
    } catch (const Error& error) {
      failed.add(error.what());
    }
  });
  {
    std::vector<std::jthread> putting;
    for (int t = 0; t < 16; ++t) {
      putting.emplace_back([&] { put_rounds(f.store, begun, race, history); });
    }
  }
  stop = true;
  sweeping.join();
  f.metadata->fault = FaultyMetadata::Fault::none;
  CHECK(failed == 0);
  INFO(history.acknowledged.size()
       << " acknowledged, " << history.failed.size() << " failed, " << removed << " swept");
  CHECK(history.acknowledged.size() + history.failed.size() == race.rounds);
  CHECK(history.acknowledged.size() > race.rounds / 4);
  CHECK_FALSE(history.failed.empty());
  check_history(f.store, history);
  const auto left_over =
      f.store.maintenance().sweep({.min_age = 0ms, .largest_share = 1}, Deadline::after(60s));
  CHECK(removed + left_over.removed > 0);
  const auto report = f.store.maintenance().verify({.min_age = 0ms}, Deadline::after(60s));
  CHECK(report.complete);
  CHECK(report.findings.empty());
  CHECK(report.outputs == history.acknowledged.size() + 1);
  check_history(f.store, history);
}

// Contents that only the outbox has are relayed and erased at once, batch by batch.
template <class Store>
void check_erase_beside_relay() {
  constexpr std::size_t batch = 50;
  constexpr std::size_t batches = 20;
  Store f;
  const auto kept = f.store.put(draft(ContentId::generate()));
  std::vector<ContentId> erased;
  std::uint64_t relayed = 0;
  test::ThreadFailures failed;
  for (std::size_t n = 0; n < batches; ++n) {
    std::vector<Draft> drafts;
    for (std::size_t i = 0; i < batch; ++i) drafts.push_back(draft(ContentId::generate()));
    f.outputs->fault = FaultyOutputs::Fault::down;
    for (const auto& item : f.store.put_many(drafts)) REQUIRE(item.value);
    f.outputs->fault = FaultyOutputs::Fault::none;
    std::barrier start(2);
    const std::jthread relaying([&] {
      start.arrive_and_wait();
      try {
        relayed += f.store.maintenance().relay().applied;
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
    start.arrive_and_wait();
    for (const auto& each : drafts) {
      CHECK(f.store.erase(*each.id).found);
      erased.push_back(*each.id);
    }
  }
  CHECK(failed == 0);
  INFO(relayed << " relayed");
  std::size_t resurrected = 0;
  for (const auto& id : erased) resurrected += f.store.get(id) ? 1U : 0U;
  CHECK(resurrected == 0);
  CHECK(f.store.find({}).items.size() == 1);
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  // A relayed write may have come after its erase: nobody sees it, and a sweep removes it.
  f.store.maintenance().sweep({.min_age = 0ms});
  const auto report = f.store.maintenance().verify({.min_age = 0ms});
  CHECK(report.findings.empty());
  CHECK(report.outputs == 1);
  CHECK(report.tombstones == batch * batches);
  CHECK(f.store.get(kept));
}

}  // namespace

TEST_CASE("fault 25: 10000 puts beside a sweeper on SQLite lose no committed document") {
  check_race<test::TwoFileStore>({.rounds = 10'000, .clock_offset = 0ms, .min_age = 0ms});
}

TEST_CASE("fault 25: puts beside a sweeper on the servers lose no committed document") {
  check_race<test::FaultyServers>({.rounds = 2000, .clock_offset = 0ms, .min_age = 0ms});
}

TEST_CASE("fault 26: a sweeper removes no live document of clients whose clocks are off") {
  for (const auto offset : {-1h, 1h}) {
    INFO(offset.count() << " h");
    check_race<test::FaultyServers>({.rounds = 500, .clock_offset = offset, .min_age = 30min});
    check_race<test::TwoFileStore>({.rounds = 500, .clock_offset = offset, .min_age = 30min});
  }
}

TEST_CASE("fault 30: 1000 contents erased while they are relayed, on SQLite, never come back") {
  check_erase_beside_relay<test::TwoFileStore>();
}

TEST_CASE(
    "fault 30: 1000 contents erased while they are relayed, on the servers, never come back") {
  check_erase_beside_relay<test::FaultyServers>();
}
