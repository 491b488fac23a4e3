#include "polystore/deadline.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using polystore::Deadline;

TEST_CASE("a deadline of zero or less is already expired") {
  CHECK(Deadline::after(0ms).expired());
  CHECK(Deadline::after(-5s).expired());
  CHECK(Deadline::immediate().remaining_ms() == 0);
}

TEST_CASE("a deadline never lies beyond its longest span, however large the request") {
  const auto deadline = Deadline::after(std::chrono::hours::max());
  CHECK(deadline.remaining() <= Deadline::max_span);
  CHECK(deadline.remaining() > Deadline::max_span - 1min);
}

TEST_CASE("a deadline is only ever shortened") {
  const auto deadline = Deadline::after(1h);
  CHECK(deadline.within(2h).time() == deadline.time());
  CHECK(deadline.within(1s).remaining() <= 1s);
  CHECK(deadline.less(1min).time() == deadline.time() - 1min);
}

TEST_CASE("remaining milliseconds are rounded up, so that a wait never spins at the end") {
  CHECK(Deadline::after(1h).remaining_ms() > 0);
  CHECK(Deadline::after(500us).remaining_ms() <= 1);
}
