// Chunks of an answer that another process makes, whatever happens to that process or to Redis.
#include "polystore/polystore.hpp"

#include "fault/maker_process.hpp"
#include "fault/redis_port.hpp"
#include "support/deadline_grace.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using Chunks = std::vector<std::string>;
using test::becomes_true;

namespace {

const Chunks steps{"It ", "is ", "very ", "sunny."};

const Request request{.tenant = Tenant::named("acme"), .model = "m", .prompt = "Weather?"};

std::string text_of(const Chunks& chunks) {
  std::string text;
  for (const auto& chunk : chunks) text += chunk;
  return text;
}

/// A process that makes the answer to `request`, and this one, which asks for it, too.
struct Fixture {
  /// The maker has emitted the first ones when the other one begins to ask.
  explicit Fixture(std::size_t chunks_before = 1, const Chunks& chunks = steps) {
    maker.emplace(options(), request, chunks);  // before this process has threads
    for (std::size_t i = 0; i < chunks_before; ++i) maker->emit_next();
    store.emplace(ContentStore::open(options()));
  }

  [[nodiscard]] OpenOptions options() const {
    OpenOptions options{.metadata = folder.sqlite_url(), .responses = redis.url(), .deadline = 20s};
    options.cache.lease = 1500ms;
    options.cache.near_lease = 200ms;
    options.cache.budget = 1s;  // a busy machine is no response store that is down
    return options;
  }

  /// Asks for the answer; `on_chunk` is told how many chunks there were.
  Answer stream(const std::function<void(std::size_t)>& on_chunk,
                Deadline deadline = Deadline::after(20s)) {
    return store->cache().stream(
        request,
        [&](Deadline, const ChunkSink& emit) {
          ++generations;
          for (const auto& chunk : own_steps) emit(chunk);
          return Response{.finish_reason = "own"};
        },
        [&](std::string_view chunk) {
          heard.emplace_back(chunk);
          on_chunk(heard.size());
        },
        {}, deadline);
  }

  test::TemporaryFolder folder;
  test::OwnRedis redis;
  std::optional<test::MakerProcess> maker;
  std::optional<ContentStore> store;
  Chunks own_steps{"It is very sunny", " today."};
  std::atomic<int> generations{0};
  Chunks heard;
};

}  // namespace

TEST_CASE("a caller of another process gets each chunk before the next one is made") {
  Fixture f;
  // The maker emits a chunk when this process has got the one before it, and ends after the last.
  const Answer answer = f.stream([&](std::size_t count) {
    if (count < steps.size()) f.maker->emit_next();
    if (count == steps.size()) f.maker->finish();
  });
  CHECK(f.heard == steps);
  CHECK(answer.source == Source::cache);
  CHECK(answer.response->text == "It is very sunny.");
  CHECK(answer.response->finish_reason == "stop");
  CHECK(answer.response->usage.completion_tokens == 4);
  CHECK(answer.response->chunk_ends == std::vector<std::size_t>{3, 6, 11, 17});
  CHECK(f.maker->end() == 0);
  CHECK(f.generations == 0);
}

TEST_CASE("one who comes late gets all chunks from the first, and one without a sink joins") {
  Fixture f(3);
  std::string whole;
  {
    std::jthread without_sink([&] {
      const Answer answer = f.store->cache().get_or_generate(
          request, [](Deadline) { return Response{.text = "made twice"}; });
      whole = answer.response->text;
    });
    (void)f.stream([&](std::size_t count) {
      if (count == 3) f.maker->emit_next();
      if (count == steps.size()) f.maker->finish();
    });
  }
  CHECK(f.heard == steps);
  CHECK(whole == text_of(steps));
  CHECK(f.generations == 0);
}

TEST_CASE("many chunks, and large ones, come in order") {
  Chunks expected;
  for (int i = 0; i < 2000; ++i) expected.push_back("chunk " + std::to_string(i) + " ");
  for (int i = 0; i < 3; ++i) expected.emplace_back(200'000, static_cast<char>('a' + i));
  Fixture f(expected.size() - 1, expected);
  (void)f.stream([&](std::size_t count) {
    if (count + 1 == expected.size()) f.maker->emit_next();
    if (count == expected.size()) f.maker->finish();
  });
  CHECK((f.heard == expected));
  CHECK(f.generations == 0);
}

TEST_CASE("a maker that is killed is replaced, and its chunks are gone on from") {
  Fixture f(2);
  const Answer answer = f.stream([&](std::size_t count) {
    if (count == 2) f.maker->kill();
  });
  CHECK(f.generations == 1);
  CHECK(answer.source == Source::generated);
  CHECK(answer.response->text == text_of(f.own_steps));
  CHECK(f.heard == Chunks{"It ", "is ", "very sunny", " today."});
}

TEST_CASE("chunks of two makers that differ are never mixed") {
  Fixture f(2);
  f.own_steps = {"It ", "rains."};
  const Error error = test::error_of([&] {
    (void)f.stream([&](std::size_t count) {
      if (count == 2) f.maker->kill();
    });
  });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.retryable());
  CHECK(f.heard == Chunks{"It ", "is "});
  // What was made meanwhile was made for good.
  f.heard.clear();
  CHECK(f.stream([](std::size_t) {}).response->text == "It rains.");
  CHECK(f.heard == f.own_steps);
  CHECK(f.generations == 1);
}

TEST_CASE("a sink that throws in the middle ends its own call alone") {
  Fixture f;
  Chunks joined;
  std::atomic<bool> boarded{false};
  std::atomic<bool> thrown{false};
  {
    const std::jthread throwing([&] {
      try {
        (void)f.stream([&](std::size_t) {
          boarded = true;
          throw std::runtime_error("enough");
        });
      } catch (const std::runtime_error&) {
        thrown = true;
      }
    });
    CHECK(becomes_true([&] { return boarded.load(); }));
    (void)f.store->cache().stream(
        request, [](Deadline, const ChunkSink&) { return Response{.text = "made twice"}; },
        [&](std::string_view chunk) {
          joined.emplace_back(chunk);
          if (joined.size() < steps.size()) f.maker->emit_next();
          if (joined.size() == steps.size()) f.maker->finish();
        });
  }
  CHECK(joined == steps);
  CHECK(thrown);
  CHECK(f.heard == Chunks{"It "});
}

TEST_CASE("an invalidation in the middle makes the rest another answer") {
  Fixture f(2);
  f.own_steps = {"It ", "rains."};
  const Error error = test::error_of([&] {
    (void)f.stream([&](std::size_t count) {
      if (count == 2) (void)f.store->cache().invalidate(CacheKey::of(request));
    });
  });
  CHECK(error.code() == ErrorCode::unavailable);
  // The maker's own callers get what they asked for; it is not stored.
  f.maker->emit_next();
  f.maker->emit_next();
  f.maker->finish();
  CHECK(f.maker->end() == 0);
  CHECK(f.stream([](std::size_t) {}).response->text == "It rains.");
  CHECK(f.generations == 1);
}

TEST_CASE("Redis that dies in the middle costs the maker nothing, and who waits a generation") {
  Fixture f(2);
  const Answer answer = f.stream([&](std::size_t count) {
    if (count == 2) f.redis.crash();
  });
  CHECK(answer.source == Source::generated);
  CHECK(f.heard == Chunks{"It ", "is ", "very sunny", " today."});
  CHECK(f.generations == 1);
  f.maker->emit_next();
  f.maker->emit_next();
  f.maker->finish();
  CHECK(f.maker->end() == 0);
}

TEST_CASE("Redis that hangs in the middle ends nobody's call late") {
  Fixture f(2);
  const Deadline deadline = Deadline::after(4s);
  std::optional<test::StoppedProcess> stopped;
  try {
    (void)f.stream(
        [&](std::size_t count) {
          if (count == 2) stopped.emplace(f.redis.pid());
        },
        deadline);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::deadline_exceeded);
  }
  CHECK(Deadline::Clock::now() < deadline.time() + test::deadline_grace);
  f.maker->emit_next();
  f.maker->emit_next();
  f.maker->finish();
  CHECK(f.maker->end() == 0);
}
