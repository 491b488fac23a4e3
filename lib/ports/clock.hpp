#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include <chrono>

namespace polystore::ports {

/// Where time comes from, so that tests need not wait. Threads: all members from any.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// For spans: never jumps.
  [[nodiscard]] virtual Deadline::Clock::time_point steady_now() const noexcept {
    return Deadline::Clock::now();
  }

  /// For what is stored.
  [[nodiscard]] virtual Timestamp system_now() const noexcept {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace polystore::ports
