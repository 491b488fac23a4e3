#include "write/outbox_guard.hpp"

#include "support/errors.hpp"
#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;
using Fault = test::FaultyOutputs::Fault;

namespace {

// The outbox is asked anew for each put, so that no test waits for an answer to grow old.
constexpr write::OutboxLimits small{.bytes = 4000, .refresh = 0ms};

Draft draft() {
  return {.title = "title",
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"text":")" + std::string(1000, 'x') + R"("})")};
}

}  // namespace

TEST_CASE("a full outbox refuses puts, and takes them again when the relay has emptied it") {
  test::TwoFileStore f({.lanes = 1}, small);
  const ContentId before = f.store.put(draft());
  f.outputs->fault = Fault::down;
  const ContentId first = f.store.put(draft());
  for (int i = 0; i < 2; ++i) f.store.put(draft());
  Draft refused = draft();
  refused.id = ContentId::generate();
  const Error error = error_of([&] { f.store.put(refused); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(error.retryable());
  CHECK(std::string(error.what()).find("outbox_limit_bytes = 4000") != std::string::npos);
  CHECK(f.store.maintenance().outbox_status().pending == 3);
  CHECK(f.store.get(first));  // it is in the outbox

  f.outputs->fault = Fault::none;
  CHECK(f.store.get(before));
  CHECK_FALSE(f.store.get(*refused.id));
  f.store.put(refused);  // the output store takes it: the outbox need not
  CHECK(f.store.maintenance().relay().applied == 3);
  f.outputs->fault = Fault::down;
  f.store.put(draft());
  CHECK(f.store.maintenance().outbox_status().pending == 1);
}

TEST_CASE("an outbox with too old an entry refuses puts") {
  test::TwoFileStore f({.lanes = 1}, {.age = 1s, .refresh = 0ms});
  f.outputs->fault = Fault::down;
  f.store.put(draft());
  f.store.put(draft());
  std::this_thread::sleep_for(2100ms);  // an age is whole seconds
  const Error error = error_of([&] { f.store.put(draft()); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(std::string(error.what()).find("outbox_limit_age = 1 s") != std::string::npos);
}

TEST_CASE("what was added since the outbox was asked counts") {
  test::TwoFileStore f({.lanes = 1}, {.bytes = 4000, .refresh = 1h});
  f.outputs->fault = Fault::down;
  for (int i = 0; i < 3; ++i) f.store.put(draft());
  CHECK(error_of([&] { f.store.put(draft()); }).code() == ErrorCode::unavailable);
}
