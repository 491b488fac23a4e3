#include "write/relay.hpp"

#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using Fault = test::FaultyOutputs::Fault;

namespace {

Draft draft(const std::string& title) { return {.title = title, .model = "model", .user_id = 1}; }

constexpr write::RelayLimits at_once{
    .batch = 2, .attempts = 2, .first_delay = 0ms, .longest_delay = 0ms};

}  // namespace

TEST_CASE("the wait between tries doubles up to its bound") {
  test::TwoFileStore f;
  const write::Relay relay(*f.metadata, *f.outputs, {.first_delay = 100ms, .longest_delay = 1s});
  CHECK(relay.delay_after(1) == 100ms);
  CHECK(relay.delay_after(2) == 200ms);
  CHECK(relay.delay_after(4) == 800ms);
  CHECK(relay.delay_after(5) == 1s);
  CHECK(relay.delay_after(1000) == 1s);
}

TEST_CASE("a relay drains more than one batch") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  std::vector<Draft> drafts(5, draft("many"));
  const auto results = f.store.put_many(drafts);
  f.outputs->fault = Fault::none;
  write::Relay relay(*f.metadata, *f.outputs, at_once);
  CHECK(relay.run(Deadline::after(10s)).applied == 5);
  for (const auto& result : results) CHECK(f.store.get(*result.value));
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("a failed entry is put off, and tried again when it is due") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  f.store.put(draft("late"));
  write::Relay relay(*f.metadata, *f.outputs, {.first_delay = 1h});
  CHECK(relay.run(Deadline::after(10s)).retried == 1);
  f.outputs->fault = Fault::none;
  CHECK(relay.run(Deadline::after(10s)).applied == 0);
  CHECK(f.store.maintenance().outbox_status().pending == 1);
}

TEST_CASE("a poisoned entry is given up and kept, and does not hold up the others") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  const ContentId poisoned = f.store.put(draft("poisoned"));
  const ContentId good = f.store.put(draft("good"));
  f.outputs->rejected_id = poisoned;
  f.outputs->fault = Fault::rejecting;
  write::Relay relay(*f.metadata, *f.outputs, at_once);
  const auto relayed = relay.run(Deadline::after(10s));
  CHECK(relayed.applied == 1);
  CHECK(relayed.dead == 1);
  CHECK(f.store.get(good));
  CHECK(f.store.get(poisoned));  // still from the outbox: nothing acknowledged is lost
  CHECK(f.store.maintenance().outbox_status().dead == 1);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("an entry that fails too often is given up and kept") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  const ContentId id = f.store.put(draft("never"));
  write::Relay relay(*f.metadata, *f.outputs, at_once);
  const auto relayed = relay.run(Deadline::after(10s));
  CHECK(relayed.retried == 1);
  CHECK(relayed.dead == 1);
  CHECK(f.store.get(id));
}

TEST_CASE("an output store that is not there gives up no entry, however long it stays away") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::absent;
  const ContentId id = f.store.put(draft("patient"));
  write::Relay relay(*f.metadata, *f.outputs,
                     {.attempts = 2, .first_delay = 1ms, .longest_delay = 1ms});
  for (int i = 0; i < 10; ++i) {
    CHECK(relay.run(Deadline::after(10ms)).dead == 0);
    std::this_thread::sleep_for(2ms);
  }
  CHECK(f.store.maintenance().outbox_status().pending == 1);
  f.outputs->fault = Fault::none;
  while (relay.run(Deadline::after(10s)).applied == 0) std::this_thread::sleep_for(1ms);
  CHECK(f.store.get(id));
}
