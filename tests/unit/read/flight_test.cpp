#include "read/flight.hpp"

#include "entry_keys.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::Flight;
using read::FlightTable;
using test::entry_key;
using test::error_of;
using Chunks = std::vector<std::string>;

namespace {

Answer answer_of(const Chunks& chunks) {
  auto response = std::make_shared<Response>();
  for (const auto& chunk : chunks) {
    response->text += chunk;
    response->chunk_ends.push_back(response->text.size());
  }
  return {.response = std::move(response)};
}

// What a follower got.
struct Followed {
  Flight::End end = Flight::End::answered;
  Answer answer{};
  Chunks chunks{};
};

Followed follow(Flight& flight, Deadline deadline = Deadline::after(60s)) {
  Followed followed;
  const ChunkSink sink = [&](std::string_view chunk) { followed.chunks.emplace_back(chunk); };
  followed.end = flight.follow(&sink, deadline, followed.answer);
  return followed;
}

}  // namespace

TEST_CASE("a follower gets the answer, and that it joined") {
  Flight flight;
  auto waiting = std::async(std::launch::async, [&] {
    Answer answer;
    CHECK(flight.follow(nullptr, Deadline::after(60s), answer) == Flight::End::answered);
    return answer;
  });
  CHECK(waiting.wait_for(20ms) == std::future_status::timeout);
  const Answer answer = answer_of({"Paris"});
  flight.succeed(answer);
  const Answer got = waiting.get();
  CHECK(got.response == answer.response);
  CHECK(got.source == Source::generated);
  CHECK(got.joined);
  CHECK(!answer.joined);
}

TEST_CASE("a follower that comes in the middle gets all chunks, from the first") {
  Flight flight;
  const Chunks chunks{"Par", "is ", "", "is", " sunny"};
  flight.append(chunks[0]);
  flight.append(chunks[1]);
  std::atomic<std::size_t> taken{0};
  auto following = std::async(std::launch::async, [&] {
    Followed followed;
    const ChunkSink sink = [&](std::string_view chunk) {
      followed.chunks.emplace_back(chunk);
      ++taken;
    };
    followed.end = flight.follow(&sink, Deadline::after(60s), followed.answer);
    return followed;
  });
  // It has those that there are before the others are made.
  REQUIRE(test::becomes_true([&] { return taken == 2; }));
  for (std::size_t i = 2; i < chunks.size(); ++i) flight.append(chunks[i]);
  REQUIRE(test::becomes_true([&] { return taken == chunks.size(); }));
  flight.succeed(answer_of(chunks));
  CHECK(following.get().chunks == chunks);
  CHECK(follow(flight).chunks == chunks);
}

TEST_CASE("an answer without chunks is replayed to followers that want some") {
  Flight flight;
  flight.succeed(answer_of({"Par", "is"}));
  const auto followed = follow(flight);
  CHECK(followed.chunks == Chunks{"Par", "is"});
  CHECK(followed.answer.response->text == "Paris");
}

TEST_CASE("more chunks than are handed out at once come all, in order") {
  Flight flight;
  Chunks chunks;
  for (int i = 0; i < 1'000; ++i) {
    chunks.push_back(std::to_string(i));
    flight.append(chunks.back());
  }
  flight.succeed(answer_of(chunks));
  CHECK(follow(flight).chunks == chunks);
}

TEST_CASE("a replay has the boundaries of the response") {
  Chunks chunks;
  const ChunkSink sink = [&](std::string_view chunk) { chunks.emplace_back(chunk); };
  read::replay({.text = "Paris is sunny", .chunk_ends = {3, 3, 9, 14}}, sink);
  CHECK(chunks == Chunks{"Par", "", "is is ", "sunny"});
  chunks.clear();
  read::replay({.text = "Paris"}, sink);
  CHECK(chunks == Chunks{"Paris"});
  chunks.clear();
  read::replay({}, sink);
  CHECK(chunks.empty());
}

TEST_CASE("a failure goes to all followers as it is, also to those that got chunks") {
  Flight flight;
  flight.append("Par");
  const Error error({.code = ErrorCode::access_denied, .message = "no"});
  flight.fail(std::make_exception_ptr(error));
  CHECK(error_of([&] { (void)follow(flight); }).code() == ErrorCode::access_denied);
  Answer answer;
  CHECK(error_of([&] { flight.follow(nullptr, Deadline::immediate(), answer); }).what() ==
        std::string(error.what()));
}

TEST_CASE("followers of a flight that is abandoned try for themselves") {
  Flight flight;
  flight.abandon();
  CHECK(follow(flight).end == Flight::End::abandoned);
}

TEST_CASE("a follower that was handed chunks can't begin anew, one without can") {
  Flight flight;
  flight.append("Par");
  std::atomic<bool> taken{false};
  auto following = std::async(std::launch::async, [&] {
    return error_of([&] {
      const ChunkSink sink = [&](std::string_view) { taken = true; };
      Answer answer;
      flight.follow(&sink, Deadline::after(60s), answer);
    });
  });
  REQUIRE(test::becomes_true([&] { return taken.load(); }));
  flight.abandon();
  const Error error = following.get();
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.retryable());
  Answer answer;
  CHECK(flight.follow(nullptr, Deadline::after(60s), answer) == Flight::End::abandoned);
  CHECK(follow(flight).end == Flight::End::abandoned);  // it was handed none
}

TEST_CASE("the first last word holds") {
  Flight flight;
  flight.succeed(answer_of({"Paris"}));
  flight.abandon();
  flight.fail(std::make_exception_ptr(Error({})));
  flight.succeed(answer_of({"London"}));
  CHECK(follow(flight).answer.response->text == "Paris");
}

TEST_CASE("each follower waits until its own deadline") {
  Flight flight;
  const auto late = [&](Deadline deadline) {
    Answer answer;
    const Error error = error_of([&] { flight.follow(nullptr, deadline, answer); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.retryable());
    CHECK(error_of([&] { (void)follow(flight, deadline); }).code() == ErrorCode::deadline_exceeded);
  };
  late(Deadline::immediate());
  late(Deadline::after(20ms));
  flight.succeed(answer_of({"Paris"}));
  CHECK(follow(flight, Deadline::immediate()).chunks == Chunks{"Paris"});
}

TEST_CASE("a follower does not outstay its deadline because chunks keep coming") {
  Flight flight;
  Answer answer;
  const ChunkSink sink = [&](std::string_view) { flight.append("more"); };
  flight.append("first");
  const Error error = error_of([&] { flight.follow(&sink, Deadline::after(20ms), answer); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
}

TEST_CASE("a sink that throws, or hangs, is nobody else's concern") {
  Flight flight;
  flight.append("Par");
  std::promise<void> release;
  auto hanging = std::async(std::launch::async, [&, released = release.get_future().share()] {
    Answer answer;
    const ChunkSink sink = [&](std::string_view) { released.wait(); };
    return flight.follow(&sink, Deadline::after(60s), answer);
  });
  const ChunkSink throws = [](std::string_view) { throw std::runtime_error("the peer is gone"); };
  Answer answer;
  CHECK_THROWS_AS(flight.follow(&throws, Deadline::after(60s), answer), std::runtime_error);
  flight.append("is");
  flight.succeed(answer_of({"Par", "is"}));
  CHECK(follow(flight).chunks == Chunks{"Par", "is"});
  release.set_value();
  CHECK(hanging.get() == Flight::End::answered);
}

TEST_CASE("those who board while a flight is under way follow it, later ones lead") {
  FlightTable table;
  auto leader = table.board(entry_key(1));
  REQUIRE(leader.leads);
  const auto follower = table.board(entry_key(1));
  CHECK(!follower.leads);
  CHECK(follower.flight == leader.flight);
  CHECK(table.board(entry_key(2)).leads);
  table.leave(entry_key(1), leader.flight);
  leader.flight->succeed(answer_of({"Paris"}));
  CHECK(table.board(entry_key(1)).leads);
  CHECK(follow(*follower.flight).answer.response->text == "Paris");
}

TEST_CASE("an answer is joined until its leader has left, a failure is not") {
  FlightTable table;
  const auto leader = table.board(entry_key(1));
  leader.flight->succeed(answer_of({"Paris"}));
  CHECK(table.board(entry_key(1)).flight == leader.flight);

  const auto failing = table.board(entry_key(2));
  if (GENERATE(true, false)) {
    failing.flight->fail(std::make_exception_ptr(Error({})));
  } else {
    failing.flight->abandon();
  }
  const auto next = table.board(entry_key(2));
  CHECK(next.leads);
  table.leave(entry_key(2), failing.flight);  // the one who leaves late takes no other's place
  CHECK(table.board(entry_key(2)).flight == next.flight);
}

TEST_CASE("a leader that goes without a word hands over") {
  FlightTable table;
  std::shared_ptr<Flight> flight;
  {
    auto leader = table.board(entry_key(1));
    const auto moved = std::move(leader);
    flight = table.board(entry_key(1)).flight;
    CHECK(flight == moved.flight);
  }
  CHECK(follow(*flight).end == Flight::End::abandoned);
  CHECK(table.board(entry_key(1)).leads);
}

TEST_CASE("a follower that goes leaves the flight as it is") {
  FlightTable table;
  const auto leader = table.board(entry_key(1));
  { const auto follower = table.board(entry_key(1)); }
  CHECK(table.board(entry_key(1)).flight == leader.flight);
}

TEST_CASE("after a change callers begin anew, and those on board go on") {
  FlightTable table;
  std::optional<FlightTable::Seat> old_leader(table.board(entry_key(1)));
  const auto old_follower = table.board(entry_key(1));
  table.detach(entry_key(1));
  const auto new_leader = table.board(entry_key(1));
  CHECK(new_leader.leads);
  CHECK(new_leader.flight != old_follower.flight);
  old_leader->flight->succeed(answer_of({"old"}));
  old_leader.reset();
  CHECK(follow(*old_follower.flight).answer.response->text == "old");
  CHECK(table.board(entry_key(1)).flight == new_leader.flight);
  table.detach(entry_key(3));
}
