#pragma once

#include "polystore/deadline.hpp"

#include <linux/futex.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>

namespace polystore::redis {

#ifdef SYS_futex_time64  // 32-bit systems whose time_t has 64 bits
inline constexpr long futex_call = SYS_futex_time64;
#else
inline constexpr long futex_call = SYS_futex;
#endif

/// Wakes all that wait for it at once, and lets none of them wait for a lock then, as a condition
/// variable does. Threads: all members from any.
class Bell {
 public:
  using Strokes = std::uint32_t;

  /// Before what is waited for is looked at.
  [[nodiscard]] Strokes strokes() const noexcept {
    return strokes_.load(std::memory_order_acquire);
  }

  /// Waits until it was rung since `heard`, or until `end`; may return earlier.
  void wait(Strokes heard, Deadline end) noexcept {
    const auto since_boot = end.time().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    const timespec until{
        .tv_sec = seconds.count(),
        .tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count(),
    };
    // The steady clock is CLOCK_MONOTONIC, by which this call takes points in time.
    (void)::syscall(futex_call, &strokes_, FUTEX_WAIT_BITSET_PRIVATE, heard, &until, nullptr,
                    FUTEX_BITSET_MATCH_ANY);
  }

  /// After what is waited for was changed.
  void ring() noexcept {
    strokes_.fetch_add(1, std::memory_order_acq_rel);
    (void)::syscall(futex_call, &strokes_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  }

 private:
  std::atomic<Strokes> strokes_{0};
  static_assert(sizeof(strokes_) == sizeof(Strokes), "the kernel looks at it");
};

}  // namespace polystore::redis
