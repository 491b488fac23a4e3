#pragma once

#include "polystore/deadline.hpp"

#include <atomic>
#include <chrono>

namespace polystore::support {

/// Spares callers the wait for a server that just failed. After a failure it is open for `pause`:
/// nobody should try; then one caller at a time may, until one succeeds. Threads: any.
class Breaker {
 public:
  explicit Breaker(std::chrono::milliseconds pause) noexcept : pause_(pause) {}

  /// Whether to try now. A caller that gets true while the server was failing is the probe: others
  /// get false for another pause, or until succeeded().
  [[nodiscard]] bool allows() noexcept {
    auto retry_at = retry_at_.load(std::memory_order_acquire);
    if (retry_at == never_failed) return true;
    const auto now = Deadline::Clock::now().time_since_epoch().count();
    if (now < retry_at) return false;
    const auto next = now + Deadline::Clock::duration(pause_).count();
    return retry_at_.compare_exchange_strong(retry_at, next, std::memory_order_acq_rel);
  }

  void succeeded() noexcept {
    // All callers that share it would otherwise write to it all the time.
    if (retry_at_.load(std::memory_order_relaxed) == never_failed) return;
    retry_at_.store(never_failed, std::memory_order_release);
  }

  void failed() noexcept {
    const auto now = Deadline::Clock::now() + pause_;
    retry_at_.store(now.time_since_epoch().count(), std::memory_order_release);
  }

 private:
  static constexpr Deadline::Clock::rep never_failed = 0;

  const std::chrono::milliseconds pause_;
  std::atomic<Deadline::Clock::rep> retry_at_{never_failed};
};

}  // namespace polystore::support
