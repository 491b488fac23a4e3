#pragma once

#include <algorithm>
#include <chrono>

namespace polystore {

/// A point of the steady clock by which a call has ended. Made once, passed down, only ever
/// shortened. There is no infinite deadline: `after` caps at `max_span`.
/// A value type; never blocks; any thread.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::hours max_span{24};

  /// Ends `span` from now. Zero or less means "try once, without waiting"; above 24 h means 24 h.
  template <class Rep, class Period>
  [[nodiscard]] static Deadline after(std::chrono::duration<Rep, Period> span) noexcept {
    if (span <= std::chrono::duration<Rep, Period>::zero()) return immediate();
    if (span >= max_span) return Deadline(Clock::now() + max_span);
    return Deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(span));
  }

  /// Already expired: what can be done without waiting is done, once.
  [[nodiscard]] static Deadline immediate() noexcept { return Deadline(Clock::now()); }

  [[nodiscard]] Clock::time_point time() const noexcept { return end_; }
  [[nodiscard]] bool expired() const noexcept { return Clock::now() >= end_; }

  /// Time left, never negative.
  [[nodiscard]] Clock::duration remaining() const noexcept {
    return std::max(Clock::duration::zero(), end_ - Clock::now());
  }

  /// Whole milliseconds left, rounded up, never negative: the timeout argument of poll().
  [[nodiscard]] int remaining_ms() const noexcept {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(remaining()).count());
  }

  /// The earlier of this deadline and `span` from now.
  template <class Rep, class Period>
  [[nodiscard]] Deadline within(std::chrono::duration<Rep, Period> span) const noexcept {
    return Deadline(std::min(end_, after(span).end_));
  }

  /// The same deadline moved `span` earlier, so that a caller keeps time to react.
  template <class Rep, class Period>
  [[nodiscard]] Deadline less(std::chrono::duration<Rep, Period> span) const noexcept {
    return Deadline(end_ - std::chrono::duration_cast<Clock::duration>(span));
  }

 private:
  explicit Deadline(Clock::time_point end) noexcept : end_(end) {}

  Clock::time_point end_;
};

}  // namespace polystore
