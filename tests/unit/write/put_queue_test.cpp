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
  // Stores `calls` calls of so many puts each, as a lane does, up to the end of its batch.
  void end_batch(std::size_t calls, std::size_t puts_of_a_call, std::chrono::milliseconds span) {
    for (std::size_t call = 0; call < calls; ++call) push(puts_of_a_call);
    const auto batch = queue.take();
    REQUIRE(batch.size() == calls * puts_of_a_call);
    queue.expect_company(batch, span);
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

  write::PutQueue queue{write::QueueLimits{}};
};

}  // namespace

TEST_CASE("the callers of a batch that put again at once are one batch again") {
  Fixture f;
  f.end_batch(3, 1, 60s);
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
  f.end_batch(3, 1, 200ms);
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

TEST_CASE("while one lane is at work a put goes to the other at once") {
  Fixture f;
  f.end_batch(3, 1, 60s);
  for (int i = 0; i < 3; ++i) f.push();
  CHECK(f.queue.take().size() == 3);
  auto idle = f.take();
  CHECK(idle.wait_for(20ms) == std::future_status::timeout);
  f.push();
  REQUIRE(idle.wait_for(10s) == std::future_status::ready);
  CHECK(idle.get().size() == 1);
}

TEST_CASE("a lane that gathers ends when the queue is closed") {
  Fixture f;
  f.end_batch(3, 1, 60s);
  auto taken = f.take();
  f.queue.close();
  REQUIRE(taken.wait_for(10s) == std::future_status::ready);
  CHECK(taken.get().empty());
}
