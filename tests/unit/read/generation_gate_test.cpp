#include "read/generation_gate.hpp"

#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::GenerationGate;
using test::becomes_true;
using test::error_of;

namespace {

ErrorCode refusal(GenerationGate& gate, Deadline deadline) {
  const Error error = error_of([&] { (void)gate.enter(deadline); });
  CHECK(error.retryable());
  return error.code();
}

}  // namespace

TEST_CASE("so many generate at once, and no more") {
  GenerationGate gate(2, 10);
  auto first = std::make_optional(gate.enter(Deadline::immediate()));
  const auto second = gate.enter(Deadline::immediate());
  CHECK(refusal(gate, Deadline::immediate()) == ErrorCode::deadline_exceeded);
  CHECK(refusal(gate, Deadline::after(20ms)) == ErrorCode::deadline_exceeded);
  CHECK(gate.waiting() == 0);
  {
    const auto moved = std::move(first);
    first.reset();
    CHECK(refusal(gate, Deadline::immediate()) == ErrorCode::deadline_exceeded);
  }
  (void)gate.enter(Deadline::immediate());
  (void)gate.enter(Deadline::immediate());
}

TEST_CASE("more callers than may wait are refused at once") {
  GenerationGate gate(1, 1);
  auto only = std::make_optional(gate.enter(Deadline::immediate()));
  auto waiting = std::async(std::launch::async, [&] { (void)gate.enter(Deadline::after(60s)); });
  REQUIRE(becomes_true([&] { return gate.waiting() == 1; }));
  CHECK(refusal(gate, Deadline::after(1h)) == ErrorCode::overloaded);
  only.reset();
  waiting.get();
  (void)gate.enter(Deadline::immediate());
}

TEST_CASE("who waits longest comes first, and who gave up is passed over") {
  GenerationGate gate(1, 10);
  auto only = std::make_optional(gate.enter(Deadline::immediate()));
  std::atomic<int> order{0};
  std::vector<std::future<int>> waiters;
  const auto wait = [&](Deadline deadline) {
    waiters.push_back(std::async(std::launch::async, [&, deadline] {
      const auto ticket = gate.enter(deadline);
      return ++order;
    }));
  };
  wait(Deadline::after(60s));
  REQUIRE(becomes_true([&] { return gate.waiting() == 1; }));
  wait(Deadline::after(200ms));
  const auto gave_up = [&] { return waiters[1].wait_for(0s) == std::future_status::ready; };
  REQUIRE(becomes_true([&] { return gate.waiting() == 2 || gave_up(); }));
  wait(Deadline::after(60s));
  REQUIRE(becomes_true([&] { return gave_up() && gate.waiting() == 2; }));
  CHECK(error_of([&] { waiters[1].get(); }).code() == ErrorCode::deadline_exceeded);
  only.reset();
  CHECK(waiters[0].get() == 1);
  CHECK(waiters[2].get() == 2);
}

TEST_CASE("threads at a gate") {
  GenerationGate gate(3, 100);
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 500; ++i) {
        try {
          const auto ticket = gate.enter(Deadline::after(thread % 2 == 0 ? 60s : 0s));
          if (++inside > 3) failures.add("too many");
          ++entered;
          std::this_thread::yield();
          --inside;
        } catch (const Error& error) {
          if (thread % 2 == 0) failures.add(error.what());
        }
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  CHECK(entered >= 4 * 500);
  CHECK(gate.waiting() == 0);
  std::vector<GenerationGate::Ticket> all;
  for (int i = 0; i < 3; ++i) all.push_back(gate.enter(Deadline::immediate()));
}
