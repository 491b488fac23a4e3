#pragma once

#include "ports/clock.hpp"

#include <atomic>
#include <chrono>

namespace polystore::test {

/// A steady clock that stands still but when told. Threads: all members from any.
class ManualClock : public ports::Clock {
 public:
  [[nodiscard]] Deadline::Clock::time_point steady_now() const noexcept override {
    return Deadline::Clock::time_point(std::chrono::milliseconds(now_ms_));
  }
  void pass(std::chrono::milliseconds span) { now_ms_ += span.count(); }

 private:
  std::atomic<std::chrono::milliseconds::rep> now_ms_{1'000'000};
};

}  // namespace polystore::test
