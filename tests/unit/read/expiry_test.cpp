#include "read/expiry.hpp"

#include "polystore/limits.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <random>

using namespace polystore;
using namespace std::chrono_literals;
using read::jittered;
using read::refresh_early;

TEST_CASE("an answer is made anew before its end as XFetch has it") {
  struct Row {
    std::chrono::milliseconds remaining;
    std::chrono::milliseconds cost;
    double beta;
    double u;
    bool refreshed;
  };
  const double e = std::exp(-1.0);  // -ln(e) is 1
  const Row row = GENERATE_COPY(values<Row>({
      {1000ms, 1000ms, 1, e * 0.999, true},  // cost * beta reaches what remains
      {1000ms, 1000ms, 1, e * 1.001, false},
      {2000ms, 1000ms, 2, e * 0.999, true},  // twice the beta, twice as early
      {2000ms, 1000ms, 2, e * 1.001, false},
      {2000ms, 2000ms, 1, e * 0.999, true},  // and so for the cost
      {2000ms, 2000ms, 1, e * 1.001, false},
      {1000ms, 1000ms, 1, 1e-300, true},
      {1ms, 1000ms, 1, 1, false},  // the latest of all
      {0ms, 1000ms, 1, 1, true},   // at the end, whatever is drawn
      {-1ms, 1000ms, 1, 1, true},
      {0ms, 1000ms, 0, 1e-300, false},  // switched off
      {0ms, 0ms, 1, 1e-300, false},     // costs nothing
      {24h, 1000ms, 100, 1e-300, false},
  }));
  CAPTURE(row.remaining, row.cost, row.beta, row.u);
  CHECK(refresh_early(row.remaining, row.cost, row.beta, row.u) == row.refreshed);
}

// By the paper a look-up does so with the probability exp(-remaining / (cost * beta)).
TEST_CASE("look-ups refresh as often as XFetch has it") {
  const auto remaining = GENERATE(500ms, 1000ms, 3000ms);
  const auto beta = GENERATE(0.5, 1.0, 2.0);
  constexpr auto cost = 1000ms;
  constexpr int look_ups = 100'000;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<> below_one(0, 1);
  int refreshed = 0;
  for (int i = 0; i < look_ups; ++i) {
    if (refresh_early(remaining, cost, beta, 1 - below_one(random))) ++refreshed;
  }
  const double expected = std::exp(-std::chrono::duration<double>(remaining) /
                                   std::chrono::duration<double>(cost) / beta);
  // Five standard deviations of a share of so many are 0.008 at most.
  CHECK(refreshed / static_cast<double>(look_ups) == Catch::Approx(expected).margin(0.008));
}

TEST_CASE("entries live up to their jitter shorter, and never shorter than the least ttl") {
  CHECK(jittered(1h, 0.1, 1) == 54min);
  CHECK(jittered(1h, 0.1, 0.5) == 57min);
  CHECK(jittered(1h, 0.1, 1e-300) == 1h);
  CHECK(jittered(1h, 0, 1) == 1h);
  CHECK(jittered(1ms, 0.5, 1) == 1ms);
  CHECK(jittered(2ms, 0.5, 1) == 1ms);
  CHECK(jittered(limits::longest_ttl, 0.5, 1) == limits::longest_ttl / 2);
}
