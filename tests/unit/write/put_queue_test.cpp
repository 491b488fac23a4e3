// What a lane waits for before it takes a batch.
#include "write/put_queue.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using write::PutRef;

namespace {

PutRef put() {
  write::PlannedPut plan;
  plan.row.metadata.id = ContentId::generate();
  return std::make_shared<write::QueuedPut>(std::move(plan), Deadline::after(60s),
                                            [](const std::optional<Error>&) {});
}

struct Fixture {
  explicit Fixture(std::chrono::milliseconds patience = 1h) : queue({.patience = patience}) {}

  // Stores `calls` calls of so many puts each, as a lane does, up to the end of its batch.
  void end_batch(std::size_t calls, std::size_t puts_of_a_call, std::chrono::milliseconds took) {
    for (std::size_t call = 0; call < calls; ++call) push(puts_of_a_call);
    const auto batch = queue.take();
    REQUIRE(batch.size() == calls * puts_of_a_call);
    queue.end_batch(batch, took, true);
    for (const PutRef& each : batch) queue.finish(each, std::nullopt);
  }
  void push(std::size_t count = 1) {
    std::vector<PutRef> puts;
    for (std::size_t i = 0; i < count; ++i) puts.push_back(put());
    queue.push(puts);
  }
  std::future<std::vector<PutRef>> take() {
    return std::async(std::launch::async, [this] { return queue.take(); });
  }

  write::PutQueue queue;
};

}  // namespace

TEST_CASE("the callers of a batch that put again at once are one batch again") {
  Fixture f;
  f.end_batch(3, 1, 120s);
  auto taken = f.take();
  f.push();
  f.push();
  CHECK(taken.wait_for(50ms) == std::future_status::timeout);
  f.push();
  REQUIRE(taken.wait_for(10s) == std::future_status::ready);
  CHECK(taken.get().size() == 3);
}

TEST_CASE("a batch goes without those that do not come again") {
  Fixture f;
  f.end_batch(3, 1, 400ms);
  f.push();
  auto taken = f.take();
  REQUIRE(taken.wait_for(10s) == std::future_status::ready);
  CHECK(taken.get().size() == 1);
}

TEST_CASE("a lone put is not kept waiting, whatever its caller has put before") {
  for (const std::size_t puts_before : {1U, 100U}) {
    Fixture f;
    f.end_batch(1, puts_before, 60s);
    auto taken = f.take();
    f.push();
    REQUIRE(taken.wait_for(10s) == std::future_status::ready);
    CHECK(taken.get().size() == 1);
  }
}

TEST_CASE("puts gather while a batch is under way, and go when it ends") {
  Fixture f;
  f.push();
  const auto under_way = f.queue.take();
  auto next = f.take();
  f.push();
  f.push();
  CHECK(next.wait_for(50ms) == std::future_status::timeout);
  f.queue.end_batch(under_way, 1ms, false);
  REQUIRE(next.wait_for(10s) == std::future_status::ready);
  CHECK(next.get().size() == 2);
}

TEST_CASE("a batch that hangs keeps others waiting only for the patience") {
  Fixture f(100ms);
  f.push();
  CHECK(f.queue.take().size() == 1);
  auto next = f.take();
  f.push();
  REQUIRE(next.wait_for(10s) == std::future_status::ready);
  CHECK(next.get().size() == 1);
}

TEST_CASE("one lane after another takes a whole batch when so many wait") {
  Fixture f;
  f.push(2 * write::QueueLimits{}.batch_items + 1);
  CHECK(f.queue.take().size() == write::QueueLimits{}.batch_items);
  CHECK(f.queue.take().size() == write::QueueLimits{}.batch_items);
  auto rest = f.take();
  CHECK(rest.wait_for(50ms) == std::future_status::timeout);
  f.push(write::QueueLimits{}.batch_items - 1);
  REQUIRE(rest.wait_for(10s) == std::future_status::ready);
  CHECK(rest.get().size() == write::QueueLimits{}.batch_items);
}

TEST_CASE("a lane that gathers ends when the queue is closed") {
  Fixture f;
  f.end_batch(3, 1, 120s);
  auto taken = f.take();
  f.queue.close();
  REQUIRE(taken.wait_for(10s) == std::future_status::ready);
  CHECK(taken.get().empty());
}
