#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace polystore::support {

/// Pauses between attempts, with full jitter, so that callers that failed together do not come back
/// together: each is between zero and a bound that doubles from `first` to `longest`.
/// (M. Brooker, "Exponential Backoff And Jitter", 2015.) Threads: one.
class Backoff {
 public:
  Backoff(std::chrono::microseconds first, std::chrono::microseconds longest)
      : bound_(first), longest_(longest), random_(std::random_device{}()) {}

  [[nodiscard]] std::chrono::microseconds next() {
    std::uniform_int_distribution<std::chrono::microseconds::rep> pick(0, bound_.count());
    bound_ = std::min(bound_ * 2, longest_);
    return std::chrono::microseconds(pick(random_));
  }

 private:
  std::chrono::microseconds bound_;
  std::chrono::microseconds longest_;
  std::minstd_rand random_;
};

}  // namespace polystore::support
