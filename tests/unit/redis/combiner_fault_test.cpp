// What becomes of a combiner's callers when connections hang, are lost, or can't be had.
#include "polystore/redis/combiner.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/patience.hpp"
#include "support/scripted_peer.hpp"
#include "support/thread_failures.hpp"
#include "unit/redis/redis_peer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::literals;
using polystore::redis::Combiner;
using test::at;
using test::error_of;
using test::RedisPeer;
using test::ScriptedPeer;
using Session = ScriptedPeer::Session;

namespace {

std::string ask(Combiner& combiner, std::string_view text,
                std::chrono::milliseconds deadline = 20s) {
  return std::string(combiner.command({"ECHO", text}, Deadline::after(deadline)).text());
}

// What asking on another thread comes to: the answer, or the error's code and outcome.
std::future<std::string> asking(Combiner& combiner, const std::string& text,
                                std::chrono::milliseconds deadline = 20s) {
  return std::async(std::launch::async, [&combiner, text, deadline] {
    try {
      return ask(combiner, text, deadline);
    } catch (const Error& error) {
      return std::string(to_string(error.code())) + ", " + std::string(to_string(error.outcome()));
    }
  });
}

// The first connection takes commands and never answers; later ones echo.
struct FirstHangs {
  std::atomic<int> connections{0};
  std::atomic<int> hanging_commands{0};
  ScriptedPeer peer{[this](Session& session) {
                      const bool hangs = ++connections == 1;
                      RedisPeer client(session);
                      if (!hangs) return client.echo();
                      for (;;) {
                        const auto commands = client.next_commands();
                        if (commands.empty()) return;
                        hanging_commands += static_cast<int>(commands.size());
                      }
                    },
                    2};

  // A caller that is on the connection that hangs.
  [[nodiscard]] std::jthread hang(Combiner& combiner, std::chrono::milliseconds deadline) {
    std::jthread caller([&combiner, deadline] {
      try {
        (void)ask(combiner, "hangs", deadline);
      } catch (const Error&) {
        // its deadline
      }
    });
    CHECK(test::becomes_true([this] { return hanging_commands > 0; }));
    return caller;
  }
};

}  // namespace

TEST_CASE("a connection that is silent while nobody waits is given up") {
  FirstHangs f;
  Combiner combiner(at(f.peer), {.hung = 20ms});
  CHECK(error_of([&] { (void)ask(combiner, "lost", 60ms); }).code() ==
        ErrorCode::deadline_exceeded);
  CHECK(ask(combiner, "works") == "works");
  CHECK(f.connections == 2);
}

TEST_CASE("a caller that drives on for one that left is not given up with a silent connection") {
  std::atomic<int> answers{0};
  const ScriptedPeer peer([&](Session& session) {
    RedisPeer client(session);
    int round = 0;
    for (auto commands = client.next_commands(); !commands.empty();
         commands = client.next_commands()) {
      ++round;
      (void)test::becomes_true([&] { return answers >= round; });
      for (const auto& command : commands) client.answer(command.back());
    }
  });
  Combiner combiner(at(peer), {.overdue = 1min, .hung = 10ms});
  auto first = asking(combiner, "first");
  std::this_thread::sleep_for(50ms);  // nothing tells that a caller waits
  auto leaves = asking(combiner, "leaves", 300ms);
  std::this_thread::sleep_for(50ms);
  auto stays = asking(combiner, "stays");
  std::this_thread::sleep_for(50ms);
  answers = 1;
  CHECK(first.get() == "first");
  CHECK(leaves.get() == "deadline_exceeded, unknown");
  std::this_thread::sleep_for(50ms);
  answers = 2;
  CHECK(stays.get() == "stays");
}

TEST_CASE("callers take the second connection while the first hangs") {
  FirstHangs f;
  Combiner combiner(at(f.peer), {.overdue = 20ms});
  const auto caller = f.hang(combiner, 500ms);
  CHECK(ask(combiner, "queued, then moved") == "queued, then moved");
  CHECK(ask(combiner, "goes there at once") == "goes there at once");
  CHECK(f.hanging_commands == 1);
}

TEST_CASE("who leaves the queue was not sent") {
  FirstHangs f;
  Combiner combiner(at(f.peer), {.overdue = 1min});
  const auto caller = f.hang(combiner, 400ms);
  test::check_ends_within(50ms, [&] {
    const Error error = error_of([&] { (void)ask(combiner, "queued", 50ms); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
  });
  CHECK(f.hanging_commands == 1);
}

TEST_CASE("a call whose time is over tries once and ends at once") {
  FirstHangs f;
  Combiner combiner(at(f.peer));
  test::check_ends_at_once([&] { (void)ask(combiner, "v", 0ms); });
  test::check_ends_at_once([&] { (void)ask(combiner, "v", 0ms); });
}

TEST_CASE("a lost connection fails what was sent on it, and the rest goes on a new one") {
  std::atomic<int> connections{0};
  std::atomic<bool> taken{false};
  std::atomic<bool> closes{false};
  const ScriptedPeer peer(
      [&](Session& session) {
        const bool first = ++connections == 1;
        RedisPeer client(session);
        if (!first) return client.echo();
        (void)client.next_commands();
        taken = true;
        (void)test::becomes_true([&] { return closes.load(); });
      },
      2);
  Combiner combiner(at(peer), {.overdue = 1min});
  auto sent = asking(combiner, "sent");
  CHECK(test::becomes_true([&] { return taken.load(); }));
  std::vector<std::future<std::string>> queued;
  for (int i = 0; i < 4; ++i) queued.push_back(asking(combiner, std::to_string(i)));
  std::this_thread::sleep_for(100ms);  // nothing tells that a caller waits
  closes = true;
  CHECK(sent.get() == "unavailable, unknown");
  for (std::size_t i = 0; i < queued.size(); ++i) CHECK(queued[i].get() == std::to_string(i));
  CHECK(connections == 2);
}

TEST_CASE("a connection that was closed while idle is replaced, and no caller hears of it") {
  std::atomic<int> connections{0};
  std::atomic<int> closed{0};
  const ScriptedPeer peer(
      [&](Session& session) {
        ++connections;
        {
          RedisPeer client(session);
          client.answer(client.next_commands().front().back());
        }
        ++closed;
      },
      3);
  Combiner combiner(at(peer));
  for (int i = 1; i <= 3; ++i) {
    CHECK(ask(combiner, "v") == "v");
    CHECK(connections == i);
    CHECK(test::becomes_true([&] { return closed == i; }));
    std::this_thread::sleep_for(20ms);  // until the end of the connection has arrived
  }
}

TEST_CASE("after the answer of a server that is the wrong one, another connection is made") {
  std::atomic<int> connections{0};
  const ScriptedPeer peer(
      [&](Session& session) {
        const bool wrong = ++connections == 1;
        RedisPeer client(session);
        if (!wrong) return client.echo();
        while (!client.next_commands().empty()) session.send("-READONLY it is a replica\r\n");
      },
      2);
  Combiner combiner(at(peer));
  CHECK(error_of([&] { (void)ask(combiner, "v"); }).native_code() == "READONLY");
  CHECK(ask(combiner, "v") == "v");
  CHECK(connections == 2);
}

TEST_CASE("bytes that are not the protocol, and answers that nobody asked for, end a connection") {
  const std::string bytes = GENERATE("nonsense\r\n"s, "+OK\r\n+unasked\r\n"s);
  std::atomic<int> connections{0};
  const ScriptedPeer peer(
      [&](Session& session) {
        const bool first = ++connections == 1;
        RedisPeer client(session);
        if (!first) return client.echo();
        (void)client.next_commands();
        session.send(bytes);
        (void)client.next_commands();
      },
      2);
  Combiner combiner(at(peer));
  if (bytes.starts_with("+")) {
    CHECK(ask(combiner, "v") == "OK");
  } else {
    CHECK(error_of([&] { (void)ask(combiner, "v"); }).code() == ErrorCode::data_loss);
  }
  std::this_thread::sleep_for(20ms);  // an idle connection is looked at after a while
  CHECK(ask(combiner, "v") == "v");
  CHECK(connections == 2);
}

TEST_CASE("a server that can't be reached fails all that wait for it") {
  const test::DeadPort port(test::DeadPort::Kind::closed);
  Combiner combiner({.host = "127.0.0.1", .port = port.port()});
  test::ThreadFailures failures;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        try {
          (void)ask(combiner, "v");
          ++failures;
        } catch (const Error& error) {
          if (error.code() != ErrorCode::unavailable) failures.add(error.what());
          if (error.outcome() != Outcome::not_applied) failures.add(error.what());
        }
      }
    });
  }
  callers.clear();
  CHECK(failures == 0);
}

TEST_CASE("a server that accepts and never answers holds nobody beyond his deadline") {
  const test::DeadPort port(test::DeadPort::Kind::silent);
  Combiner combiner({.host = "127.0.0.1", .port = port.port()});
  std::vector<std::jthread> callers;
  test::ThreadFailures failures;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&, i] {
      const auto span = std::chrono::milliseconds(50 + 50 * i);
      const auto begin = Deadline::Clock::now();
      try {
        (void)ask(combiner, "v", span);
        ++failures;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::deadline_exceeded) failures.add(error.what());
        if (error.outcome() != Outcome::not_applied) failures.add(error.what());
      }
      const auto took = Deadline::Clock::now() - begin;
      if (took < span || took > span + test::deadline_grace) failures.add("not at its deadline");
    });
  }
  callers.clear();
  CHECK(failures == 0);
}

TEST_CASE("a large call has a connection to itself") {
  std::atomic<int> connections{0};
  std::atomic<std::size_t> largest_on_first{0};
  const ScriptedPeer peer(
      [&](Session& session) {
        const bool first = ++connections == 1;
        RedisPeer client(session);
        if (!first) return client.echo();
        for (;;) {
          const auto commands = client.next_commands();
          if (commands.empty()) return;
          for (const auto& command : commands) {
            largest_on_first = std::max(largest_on_first.load(), command.back().size());
            client.answer(command.back());
          }
        }
      },
      2);
  Combiner combiner(at(peer), {.alone_from_bytes = 1000});
  const std::string large(std::size_t{3} << 20, 'v');
  CHECK(ask(combiner, "small") == "small");
  CHECK((ask(combiner, large) == large));
  CHECK(ask(combiner, "small") == "small");
  CHECK(connections == 2);
  CHECK(largest_on_first == 5);
}

TEST_CASE("a closed combiner, and a child's, say so") {
  const ScriptedPeer peer([](Session& session) { RedisPeer(session).echo(); });
  Combiner combiner(at(peer));
  CHECK(ask(combiner, "v") == "v");
  CHECK(test::child_status([&] {
          try {
            (void)ask(combiner, "v");
          } catch (const Error& error) {
            return error.code() == ErrorCode::closed ? 0 : 2;
          }
          return 1;
        }) == 0);
  CHECK(ask(combiner, "v") == "v");
  combiner.close();
  combiner.close();
  CHECK(error_of([&] { (void)ask(combiner, "v"); }).code() == ErrorCode::closed);
}
