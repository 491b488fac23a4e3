#include "read/remote_stream.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace polystore;
using read::Flight;
using read::RemoteStream;
using Chunks = std::vector<std::string>;

namespace {

struct Fixture {
  Fixture() {
    stream.hand_out("It ");
    stream.hand_out("is ");
  }

  Flight flight;
  Chunks heard;
  const ChunkSink sink = [this](std::string_view chunk) { heard.emplace_back(chunk); };
  RemoteStream stream{flight, &sink};
};

Response response(const Chunks& chunks) {
  Response response;
  for (const auto& chunk : chunks) {
    response.text += chunk;
    response.chunk_ends.push_back(response.text.size());
  }
  return response;
}

}  // namespace

TEST_CASE("what was handed out is gone on from at its end") {
  Fixture f;
  SECTION("by the same chunks") {
    f.stream.complete(response({"It ", "is ", "very ", "sunny."}));
    CHECK(f.heard == Chunks{"It ", "is ", "very ", "sunny."});
  }
  SECTION("by chunks with other boundaries") {
    f.stream.complete(response({"It", " is very ", "sunny."}));
    CHECK(f.heard == Chunks{"It ", "is ", "very ", "sunny."});
  }
  SECTION("by a text without any") {
    f.stream.complete({.text = "It is very sunny."});
    CHECK(f.heard == Chunks{"It ", "is ", "very sunny."});
  }
  SECTION("by nothing more") {
    f.stream.complete(response({"It ", "is "}));
    CHECK(f.heard == Chunks{"It ", "is "});
  }
  CHECK_FALSE(f.stream.broken());
}

TEST_CASE("what was handed out is not gone on from by what begins otherwise") {
  for (const Response& other : {response({"It ", "rains."}), response({"It ", "i"}), Response{},
                                Response{.text = "it is "}}) {
    Fixture f;
    const Error error = test::error_of([&] { f.stream.complete(other); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.retryable());
    CHECK(f.stream.broken());
    CHECK(f.heard == Chunks{"It ", "is "});
  }
}

TEST_CASE("a stream that has not begun takes any answer, and hands out nothing of it") {
  Flight flight;
  Chunks heard;
  const ChunkSink sink = [&](std::string_view chunk) { heard.emplace_back(chunk); };
  RemoteStream stream(flight, &sink);
  CHECK_FALSE(stream.begun());
  stream.complete(response({"It ", "rains."}));
  CHECK(heard.empty());
}

TEST_CASE("chunks of one maker are followed, of another no more once there were some") {
  const ports::LeaseToken one{1};
  const ports::LeaseToken two{2};
  Flight flight;
  const ChunkSink sink = [](std::string_view) {};
  RemoteStream stream(flight, &sink);
  CHECK(stream.follows(one));
  CHECK(stream.follows(two));
  stream.hand_out("a");
  CHECK(stream.chunks() == 1);
  CHECK(stream.follows(two));
  CHECK_FALSE(stream.follows(one));
}

TEST_CASE("chunks that nobody takes are not asked for") {
  Flight flight;
  RemoteStream stream(flight, nullptr);
  CHECK_FALSE(stream.follows({1}));
}

TEST_CASE("a sink that throws hears no more, which its own caller is told at the end") {
  Flight flight;
  int calls = 0;
  const ChunkSink sink = [&](std::string_view) {
    ++calls;
    throw std::runtime_error("enough");
  };
  RemoteStream stream(flight, &sink);
  stream.hand_out("It ");
  stream.complete(response({"It ", "rains."}));
  CHECK(calls == 1);
  CHECK_THROWS_AS(stream.end(), std::runtime_error);
  flight.succeed({.response = std::make_shared<const Response>(response({"It ", "rains."}))});
  Chunks joined;
  const ChunkSink other = [&](std::string_view chunk) { joined.emplace_back(chunk); };
  Answer answer;
  CHECK(flight.follow(&other, Deadline::immediate(), answer) == Flight::End::answered);
  CHECK(joined == Chunks{"It ", "rains."});
}
