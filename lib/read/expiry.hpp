#pragma once

#include "polystore/deadline.hpp"

#include <chrono>

namespace polystore::read {

/// XFetch (Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention",
/// VLDB 2015): whether an answer is to be made anew although `remaining` of its time is left. `u`:
/// uniform over (0, 1], drawn anew for each call. Never with a beta or a cost of zero. Pure.
[[nodiscard]] bool refresh_early(Deadline::Clock::duration remaining,
                                 std::chrono::microseconds generation_cost, double beta,
                                 double u) noexcept;

/// The ttl less up to `share` of it, at least limits::shortest_ttl. `u`: uniform over (0, 1].
/// Pure.
[[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds ttl, double share,
                                                 double u) noexcept;

}  // namespace polystore::read
