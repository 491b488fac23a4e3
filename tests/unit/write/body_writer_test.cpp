#include "write/body_writer.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t chunk = limits::body_chunk_bytes;

// Knows what is there, and not its bytes.
class CountedBodies : public ports::BodyPort {
 public:
  void begin(const ports::BodyHeader& header, Deadline) override { headers.insert(header.body); }
  void write(const ContentId&, std::int32_t number, std::span<const std::byte> bytes,
             Deadline deadline) override {
    if (failures > 0) {
      --failures;
      throw Error({.code = ErrorCode::unavailable, .retryable = true, .message = "told to"});
    }
    CHECK(number == static_cast<std::int32_t>(sizes.size()));
    sizes.push_back(bytes.size());
    deadlines.push_back(deadline.time());
  }
  std::optional<std::vector<std::byte>> read(const ContentId&, std::int32_t, Deadline) override {
    return std::nullopt;
  }
  ports::BodySize measure(const ContentId&, Deadline) override { return {}; }
  void erase(std::span<const ContentId> bodies, Deadline) override {
    for (const auto& body : bodies) headers.erase(body);
  }
  std::vector<ports::BodyHeader> scan(const ContentId&, std::size_t, Deadline) override {
    return {};
  }

  std::set<ContentId> headers;
  std::vector<std::size_t> sizes;
  std::vector<Deadline::Clock::time_point> deadlines;
  int failures = 0;
};

// So many bytes of nothing, in pieces.
BodySource zeros(std::int64_t size, std::size_t piece = chunk) {
  return [left = size, piece](std::span<std::byte> into) mutable {
    const auto most = static_cast<std::int64_t>(std::min(piece, into.size()));
    const auto given = std::min(left, most);
    left -= given;
    return static_cast<std::size_t>(given);
  };
}

struct Fixture {
  Body write(const BodySource& source, std::optional<Deadline> whole = std::nullopt) {
    return writer.write({.content = ContentId::generate(), .user_id = 1}, source, {whole, 5s});
  }

  CountedBodies bodies;
  write::BodyWriter writer{bodies};
};

}  // namespace

TEST_CASE("chunks are full but for the last, however the source gives its bytes") {
  Fixture f;
  const Body body = f.write(zeros(static_cast<std::int64_t>(2 * chunk + 3), 1'000'000));
  CHECK(body.size_bytes == static_cast<std::int64_t>(2 * chunk + 3));
  CHECK(f.bodies.sizes == std::vector{chunk, chunk, std::size_t{3}});
  CHECK(f.bodies.headers == std::set{body.id});
}

TEST_CASE("a body has limits::body_bytes at most") {
  Fixture most;
  CHECK(most.write(zeros(limits::body_bytes)).size_bytes == limits::body_bytes);
  CHECK(most.bodies.sizes == std::vector(256, chunk));

  Fixture f;
  test::check_refused("source", "more than 1073741824 bytes",
                      [&] { f.write(zeros(limits::body_bytes + 1)); });
  CHECK(f.bodies.headers.empty());
}

TEST_CASE("each chunk has a deadline of its own where none is given for all") {
  Fixture f;
  f.write(zeros(static_cast<std::int64_t>(2 * chunk)));
  CHECK(f.bodies.deadlines[0] < f.bodies.deadlines[1]);
  Fixture g;
  const auto whole = Deadline::after(1h);
  g.write(zeros(static_cast<std::int64_t>(2 * chunk)), whole);
  CHECK(g.bodies.deadlines == std::vector(2, whole.time()));
}

TEST_CASE("a chunk that can't be written for a moment is written again") {
  Fixture f;
  f.bodies.failures = 1;
  CHECK(f.write(zeros(5)).size_bytes == 5);
  CHECK(f.bodies.sizes == std::vector<std::size_t>{5});
  f.bodies.failures = 100;
  CHECK(test::error_of([&] { f.write(zeros(5)); }).code() == ErrorCode::unavailable);
  CHECK(f.bodies.headers.size() == 1);  // the first one's
}

TEST_CASE("time that the source takes counts") {
  Fixture f;
  CHECK(test::error_of([&] { f.write(zeros(5), Deadline::immediate()); }).code() ==
        ErrorCode::deadline_exceeded);
  CHECK(f.bodies.sizes.empty());
  CHECK(f.bodies.headers.empty());
}
