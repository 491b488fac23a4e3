// The parts of the example cached_generation that need no model.
#include "replay.hpp"
#include "report.hpp"
#include "trace.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <stdexcept>

using namespace cached_generation;
using namespace std::chrono_literals;
using Catch::Approx;
using polystore::Answer;
using polystore::ChunkSink;
using polystore::Response;
using polystore::Source;

namespace {

Answer answer(std::string text, Source source = Source::generated) {
  return {.response = std::make_shared<const Response>(Response{.text = std::move(text)}),
          .source = source};
}

Answer echo(const std::string& prompt, const ChunkSink& sink) {
  sink("you said ");
  sink(prompt);
  return answer("you said " + prompt);
}

const Trace three_of_two{.prompts = {"a", "b"}, .requests = {0, 1, 0}};

void nothing() {}

Call call(std::chrono::nanoseconds latency, Source source) {
  return {.source = source, .first_chunk = latency / 2, .latency = latency};
}

}  // namespace

TEST_CASE("a Zipf sampler draws each item as often as its rank says") {
  constexpr std::size_t draws = 100'000;
  ZipfSampler sampler(4, 1.0, 7);
  std::vector<double> counts(4);
  for (std::size_t i = 0; i < draws; ++i) ++counts.at(sampler.next());
  const double share = 1 / (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0);
  for (std::size_t rank = 1; rank <= 4; ++rank) {
    CHECK(counts[rank - 1] / draws == Approx(share / static_cast<double>(rank)).margin(0.01));
  }
}

TEST_CASE("a Zipf sampler repeats itself by its seed alone") {
  const auto draw = [](std::uint64_t seed) {
    ZipfSampler sampler(1000, 0.8, seed);
    std::vector<std::size_t> drawn;
    for (int i = 0; i < 50; ++i) drawn.push_back(sampler.next());
    return drawn;
  };
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
}

TEST_CASE("a Zipf sampler refuses what is no distribution") {
  CHECK_THROWS_AS(ZipfSampler(0, 1.0, 1), std::invalid_argument);
  CHECK_THROWS_AS(ZipfSampler(1, -0.1, 1), std::invalid_argument);
}

TEST_CASE("a trace asks different prompts of the data, the popular ones again") {
  const Trace trace = make_trace(POLYSTORE_EXAMPLE_DATA, {.prompts = 40, .requests = 200});
  CHECK(trace.prompts.size() == 40);
  CHECK(trace.requests.size() == 200);
  CHECK(trace.distinct_prompts() > 25);
  CHECK(trace.distinct_prompts() <= 40);
  CHECK(trace.prompts == make_trace(POLYSTORE_EXAMPLE_DATA, {}).prompts);
  CHECK_THROWS_AS(make_trace(POLYSTORE_EXAMPLE_DATA, {.prompts = 1000}), std::runtime_error);
  CHECK_THROWS_AS(make_trace("no such file", {}), std::runtime_error);
}

TEST_CASE("a replay asks every request once and keeps the answers") {
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  const auto ask = [&](const std::string& prompt, const ChunkSink& sink) {
    ++asked;
    return echo(prompt, sink);
  };
  const Run run = replay(three_of_two, 2, ask, [&] { ++answered; });
  CHECK(asked == 3);
  CHECK(answered == 3);
  REQUIRE(run.calls.size() == 3);
  CHECK(run.calls[2].prompt == 0);
  CHECK(run.calls[2].first_chunk <= run.calls[2].latency);
  CHECK(run.answers ==
        std::map<std::size_t, Chunks>{{0, {"you said ", "a"}}, {1, {"you said ", "b"}}});
}

TEST_CASE("a replay refuses answers that differ, and chunks that are not the text") {
  std::atomic<int> asked{0};
  const auto ask_changing = [&](const std::string&, const ChunkSink& sink) {
    const std::string text = std::to_string(++asked);
    sink(text);
    return answer(text);
  };
  CHECK_THROWS_AS(replay(three_of_two, 2, ask_changing, nothing), std::runtime_error);
  const auto ask_losing = [](const std::string&, const ChunkSink& sink) {
    sink("half");
    return answer("half of it");
  };
  CHECK_THROWS_AS(replay(three_of_two, 2, ask_losing, nothing), std::runtime_error);
}

TEST_CASE("a trace in pieces is the same trace") {
  Run whole;
  std::size_t pieces = 0;
  for (const Trace& piece : pieces_of(three_of_two, 2)) {
    append(whole, replay(piece, 1, echo, nothing));
    ++pieces;
  }
  CHECK(pieces == 2);
  REQUIRE(whole.calls.size() == 3);
  CHECK(whole.calls[1].prompt == 1);
  CHECK(whole.calls[2].prompt == 0);
  CHECK(whole.answers.size() == 2);

  Run other;
  other.answers = {{0, {"something else"}}};
  CHECK_THROWS_AS(append(whole, other), std::runtime_error);
}

TEST_CASE("answers are equal when their chunks are") {
  Run run;
  run.answers = {{0, {"a"}}, {1, {"b", "c"}}};
  Run other = run;
  CHECK(equal_answers(run, other) == 2);
  other.answers[1] = {"bc"};
  CHECK(equal_answers(run, other) == 1);
  other.answers.erase(0);
  CHECK(equal_answers(run, other) == 0);
}

TEST_CASE("a distribution has the mean and nearest ranks of its values") {
  std::vector<double> values;
  for (int i = 200; i > 0; --i) values.push_back(i);
  const Distribution distribution = distribution_of(values);
  CHECK(distribution.mean == Approx(100.5));
  CHECK(distribution.p50 == 100);
  CHECK(distribution.p90 == 180);
  CHECK(distribution.p99 == 198);
  CHECK(distribution.max == 200);
  CHECK(distribution_of({3}).p99 == 3);
  CHECK_THROWS_AS(distribution_of({}), std::invalid_argument);
}

TEST_CASE("a summary counts hits and tells what they saved") {
  Run with;
  with.calls = {call(100ms, Source::generated), call(0ms, Source::near_cache),
                call(0ms, Source::cache), call(20ms, Source::generated)};
  with.calls[3].joined = true;
  with.duration = 2s;
  Run without;
  without.calls = {call(100ms, Source::generated), call(100ms, Source::generated)};
  without.duration = 1s;

  const Summary summary = summary_of("with", with);
  CHECK(summary.hits == 2);
  CHECK(summary.joined == 1);
  CHECK(summary.hit_rate() == Approx(0.5));
  CHECK(summary.requests_per_s == Approx(2));
  CHECK(summary.latency.mean == Approx(30));
  CHECK(summary.first_chunk.max == Approx(50));
  CHECK(saved(summary_of("without", without), summary) == Approx(0.7));
}
