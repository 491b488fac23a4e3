// What a combiner makes of callers that come together, leave, and of peers that misbehave.
#include "polystore/redis/combiner.hpp"

#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/scripted_peer.hpp"
#include "support/thread_failures.hpp"
#include "unit/redis/redis_peer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::literals;
using polystore::redis::Combiner;
using polystore::redis::Command;
using test::at;
using test::RedisPeer;
using test::ScriptedPeer;
using Session = ScriptedPeer::Session;

namespace {

std::string ask(Combiner& combiner, std::string_view text,
                Deadline deadline = Deadline::after(20s)) {
  return std::string(combiner.command({"ECHO", text}, deadline).text());
}

}  // namespace

TEST_CASE("each caller gets its own answer, also byte by byte") {
  const bool slowly = GENERATE(false, true);
  const ScriptedPeer peer([&](Session& session) {
    RedisPeer client(session);
    for (auto commands = client.next_commands(); !commands.empty();
         commands = client.next_commands()) {
      std::string reply;
      for (const auto& command : commands) {
        reply += "$" + std::to_string(command.back().size()) + "\r\n" + command.back() + "\r\n";
      }
      if (slowly) {
        session.send_slowly(reply);
      } else {
        session.send(reply);
      }
    }
  });
  Combiner combiner(at(peer), {.overdue = 1min});
  test::ThreadFailures failures;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < (slowly ? 5 : 200); ++i) {
        const std::string text = std::to_string(caller) + "\r\n" + std::to_string(i);
        try {
          if (ask(combiner, text) != text) ++failures;
        } catch (const Error& error) {
          failures.add(error.what());
        }
      }
    });
  }
  callers.clear();
  CHECK(failures == 0);
  combiner.close();
}

TEST_CASE("a pipeline's replies stay together, errors included") {
  const ScriptedPeer peer([](Session& session) {
    RedisPeer client(session);
    (void)client.next_commands();
    session.send("+OK\r\n-WRONGTYPE x\r\n:3\r\n");
    client.echo();
  });
  Combiner combiner(at(peer));
  const std::vector<Command> commands{{"A"}, {"B"}, {"C"}};
  const auto replies = combiner.pipeline(commands, Deadline::after(20s));
  REQUIRE(replies.size() == 3);
  CHECK(replies[0].text() == "OK");
  CHECK(replies[1].error().native_code() == "WRONGTYPE");
  CHECK(replies[2].integer() == 3);
  CHECK(ask(combiner, "next") == "next");
  CHECK(combiner.pipeline({}, Deadline::immediate()).empty());
}

TEST_CASE("callers that come while an answer is under way are asked together") {
  constexpr std::size_t count = 6;
  std::atomic<bool> answers_first{false};
  std::atomic<std::size_t> together{0};
  const ScriptedPeer peer([&](Session& session) {
    RedisPeer client(session);
    const auto first = client.next_commands();
    (void)test::becomes_true([&] { return answers_first.load(); });
    client.answer(first.front().back());
    const auto rest = client.next_commands();
    together = rest.size();
    for (const auto& command : rest) client.answer(command.back());
    client.echo();
  });
  Combiner combiner(at(peer), {.overdue = 1min});
  std::latch all_ask(count + 1);
  std::vector<std::jthread> callers;
  std::atomic<int> right{0};
  for (std::size_t i = 0; i <= count; ++i) {
    callers.emplace_back([&, i] {
      all_ask.count_down();
      if (ask(combiner, std::to_string(i)) == std::to_string(i)) ++right;
    });
  }
  all_ask.wait();
  std::this_thread::sleep_for(100ms);  // nothing tells that a caller waits
  answers_first = true;
  callers.clear();
  CHECK(right == count + 1);
  CHECK(together >= 2);
}

TEST_CASE("a caller that leaves takes no answer of others with it, whoever drives") {
  std::atomic<bool> answers{false};
  const ScriptedPeer peer([&](Session& session) {
    RedisPeer client(session);
    (void)client.next_commands();
    (void)test::becomes_true([&] { return answers.load(); });
    client.answer("for the one that left");
    client.echo();
  });
  Combiner combiner(at(peer), {.overdue = 1min, .hung = 1min});
  // It drives, and leaves what is under way to whoever comes.
  const Error error =
      test::error_of([&] { (void)ask(combiner, "impatient", Deadline::after(50ms)); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::unknown);
  std::atomic<int> right{0};
  std::atomic<int> gone{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&, i] {
      const std::string text = std::to_string(i);
      const bool patient = i % 2 == 0;
      try {
        if (ask(combiner, text, Deadline::after(patient ? 20s : 80ms)) == text) ++right;
      } catch (const Error& left) {
        if (!patient && left.code() == ErrorCode::deadline_exceeded) ++gone;
      }
    });
  }
  CHECK(test::becomes_true([&] { return gone == 3; }));
  answers = true;
  callers.clear();
  CHECK(right == 3);
  CHECK(ask(combiner, "after") == "after");
}
