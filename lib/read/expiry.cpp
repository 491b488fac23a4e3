#include "read/expiry.hpp"

#include "polystore/limits.hpp"

#include <algorithm>
#include <cmath>

namespace polystore::read {

bool refresh_early(Deadline::Clock::duration remaining, std::chrono::microseconds generation_cost,
                   double beta, double u) noexcept {
  if (!(beta > 0) || generation_cost.count() <= 0) return false;
  const std::chrono::duration<double> cost = generation_cost;
  const std::chrono::duration<double> left = remaining;
  return cost * beta * -std::log(u) >= left;
}

std::chrono::milliseconds jittered(std::chrono::milliseconds ttl, double share, double u) noexcept {
  const auto less = std::chrono::duration<double, std::milli>(ttl) * (share * u);
  return std::max(limits::shortest_ttl, ttl - std::chrono::floor<std::chrono::milliseconds>(less));
}

}  // namespace polystore::read
