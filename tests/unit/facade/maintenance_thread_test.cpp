#include "facade/maintenance_thread.hpp"

#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <stdexcept>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using facade::MaintenanceStep;
using facade::MaintenanceThread;
using test::becomes_true;
using test::error_of;

namespace {

Error failure() { return Error({.code = ErrorCode::unavailable, .message = "told to fail"}); }

MaintenanceStep step_of(std::function<bool(Deadline)> run) {
  return {.pause = 1ms, .longest_pause = 2ms, .run = std::move(run)};
}

MaintenanceStep counting(std::atomic<int>& runs) {
  return step_of([&runs](Deadline) { return ++runs % 2 == 0; });
}

}  // namespace

TEST_CASE("every step is run again and again") {
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  MaintenanceThread thread;
  thread.start({counting(first), counting(second)}, 1s, {});
  CHECK(becomes_true([&] { return first > 5 && second > 5; }));
}

TEST_CASE("a step that fails is reported and tried again, and holds no other one up") {
  std::atomic<int> runs{0};
  std::atomic<int> failures{0};
  std::atomic<int> bugs{0};
  std::atomic<int> inside{0};
  std::atomic<bool> concurrent{false};
  MaintenanceThread thread;
  thread.start({step_of([](Deadline) -> bool { throw failure(); }), counting(runs),
                step_of([](Deadline) -> bool { throw std::runtime_error("a bug"); })},
               1s, [&](const Error& error) {
                 if (++inside > 1) concurrent = true;
                 ++(error.code() == ErrorCode::internal ? bugs : failures);
                 --inside;
               });
  CHECK(becomes_true([&] { return runs > 5 && failures > 5 && bugs > 5; }));
  CHECK_FALSE(concurrent);
}

TEST_CASE("failures that nobody wants to hear of end nothing") {
  std::atomic<int> runs{0};
  MaintenanceThread thread;
  thread.start({step_of([&](Deadline) -> bool {
                 ++runs;
                 throw failure();
               })},
               1s, {});
  CHECK(becomes_true([&] { return runs > 3; }));
}

TEST_CASE("a step gets the deadline, and the end waits for the one under way") {
  std::atomic<bool> began{false};
  std::atomic<bool> ended{false};
  std::atomic<int> reported{0};
  std::chrono::milliseconds left{};
  {
    MaintenanceThread thread;
    thread.start({step_of([&](Deadline deadline) -> bool {
                   left = std::chrono::milliseconds(deadline.remaining_ms());
                   began = true;
                   std::this_thread::sleep_for(50ms);
                   ended = true;
                   throw failure();
                 })},
                 60s, [&](const Error&) { ++reported; });
    CHECK(becomes_true([&] { return began.load(); }));
    thread.stop();
  }
  CHECK(ended);
  CHECK(reported == 0);  // it was stopped before the failure
  CHECK(left <= 60s);
  CHECK(left > 30s);
}

TEST_CASE("a thread is started once, and not after it was stopped") {
  std::atomic<int> runs{0};
  MaintenanceThread thread;
  thread.start({counting(runs)}, 1s, {});
  CHECK(error_of([&] { thread.start({counting(runs)}, 1s, {}); }).code() == ErrorCode::conflict);
  thread.stop();
  MaintenanceThread stopped;
  stopped.stop();
  CHECK(error_of([&] { stopped.start({counting(runs)}, 1s, {}); }).code() == ErrorCode::closed);
}

TEST_CASE("maintenance hands over what the output store missed, with no call") {
  test::TwoFileStore f;
  f.outputs->fault = test::FaultyOutputs::Fault::no_writes;
  const std::vector<Draft> drafts(5, {.title = "late", .model = "model", .user_id = 1});
  const auto results = f.store.put_many(drafts);
  f.store.update(*results[0].value, {.title = "later"});
  CHECK(f.store.maintenance().outbox_status().pending == 5);
  f.metadata->failing_claims = 2;
  std::atomic<int> failures{0};
  f.store.start_maintenance({.relay_pause = 1ms, .on_error = [&](const Error& error) {
                               if (error.code() == ErrorCode::unavailable) ++failures;
                             }});
  CHECK(becomes_true([&] { return failures == 2; }));
  f.outputs->fault = test::FaultyOutputs::Fault::none;
  CHECK(becomes_true([&] { return f.store.maintenance().outbox_status().pending == 0; }));
  CHECK(f.store.get(*results[0].value)->metadata.title == "later");
  CHECK(failures == 2);
  f.store.close();
}
