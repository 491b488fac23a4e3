// Many callers of one key; ThreadSanitizer looks on.
#include "entry_keys.hpp"
#include "read/flight.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::Flight;
using read::FlightTable;
using test::entry_key;

namespace {

constexpr std::string_view text = "The weather in Paris is mild and sunny.";

struct Round {
  FlightTable table;
  ports::EntryKey key = entry_key(1);
  std::atomic<int> leaders{0};
  std::atomic<int> abandoned{0};
  test::ThreadFailures failures;

  void lead(const FlightTable::Seat& seat) {
    if (leaders.fetch_add(1) > 0) failures.add("two lead at once");
    auto response = std::make_shared<Response>();
    for (std::size_t i = 0; i < text.size(); ++i) {
      seat.flight->append(text.substr(i, 1));
      response->chunk_ends.push_back(i + 1);
      if (text[i] == ' ') std::this_thread::yield();
    }
    response->text = text;
    --leaders;
    seat.flight->succeed({.response = std::move(response)});
    table.leave(key, seat.flight);
  }

  // One call: leads or follows, until it has an answer.
  void call(unsigned caller) {
    for (;;) {
      const auto seat = table.board(key);
      if (seat.leads) {
        // The first leaders give up.
        if (abandoned.fetch_add(1) < 5) continue;
        lead(seat);
        return;
      }
      std::string got;
      const ChunkSink sink = [&](std::string_view chunk) {
        got += chunk;
        if (caller % 8 == 3 && got.size() == 10) throw std::runtime_error("gone");
        if (caller % 8 == 4) std::this_thread::sleep_for(100us);
      };
      Answer answer;
      try {
        const ChunkSink* const wanted = caller % 2 == 0 || caller % 8 == 3 ? &sink : nullptr;
        if (seat.flight->follow(wanted, Deadline::after(60s), answer) == Flight::End::abandoned) {
          continue;
        }
        if (!answer.joined || answer.response->text != text) failures.add("another answer");
        if (wanted != nullptr && got != text) failures.add("other chunks: " + got);
      } catch (const std::runtime_error&) {
        if (caller % 8 != 3) failures.add("another's sink threw");
      }
      return;
    }
  }
};

}  // namespace

TEST_CASE("of many callers one leads at a time, and all get the answer") {
  for (int repeat = 0; repeat < 20; ++repeat) {
    Round round;
    std::latch together(16);
    std::vector<std::jthread> threads;
    for (unsigned caller = 0; caller < 16; ++caller) {
      threads.emplace_back([&, caller] {
        together.arrive_and_wait();
        round.call(caller);
      });
    }
    threads.clear();
    CHECK(round.failures == 0);
  }
}

TEST_CASE("followers of a flight that fails share what it failed with") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    test::ThreadFailures failures;
    std::vector<std::jthread> followers;
    {
      auto flight = std::make_shared<Flight>();
      for (int i = 0; i < 4; ++i) {
        followers.emplace_back([&failures, flight] {
          Answer answer;
          try {
            flight->follow(nullptr, Deadline::after(60s), answer);
            ++failures;
          } catch (const Error& error) {
            if (error.message() != "the model is gone") ++failures;
          }
        });
      }
      flight->fail(std::make_exception_ptr(
          Error({.code = ErrorCode::unavailable, .message = "the model is gone"})));
    }
    followers.clear();
    CHECK(failures == 0);
  }
}

TEST_CASE("boarding, leaving and detaching at once") {
  FlightTable table;
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      for (unsigned step = 0; step < 3'000; ++step) {
        const std::uint64_t number = (step + seed) % 3;
        const auto seat = table.board(entry_key(number));
        if (!seat.leads) {
          Answer answer;
          const auto end = seat.flight->follow(nullptr, Deadline::after(60s), answer);
          if (end == Flight::End::answered && answer.response->text != std::to_string(number)) {
            failures.add("another key's answer");
          }
          continue;
        }
        if (step % 10 == 0) table.detach(entry_key(number));
        if (step % 7 == 0) continue;  // without a word
        auto response = std::make_shared<Response>();
        response->text = std::to_string(number);
        seat.flight->succeed({.response = std::move(response)});
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  for (std::uint64_t number = 0; number < 3; ++number) {
    CHECK(table.board(entry_key(number)).leads);
  }
}
