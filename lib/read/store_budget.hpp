#pragma once

#include "polystore/deadline.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace polystore::read {

/// What the response store may still add to one call. Threads: one.
class StoreBudget {
 public:
  explicit StoreBudget(std::chrono::milliseconds span) : left_(span) {}

  /// Runs a step that gets a deadline within both, and takes what it took off the budget.
  template <class Step>
  auto spend(Deadline deadline, Step&& step) {
    struct Meter {
      ~Meter() { left = std::max(left - (Deadline::Clock::now() - begin), Span::zero()); }
      Span& left;
      Deadline::Clock::time_point begin = Deadline::Clock::now();
    };
    const Deadline limit = deadline.within(left_);
    const Meter meter{left_};
    return std::forward<Step>(step)(limit);
  }

 private:
  using Span = Deadline::Clock::duration;

  Span left_;
};

}  // namespace polystore::read
