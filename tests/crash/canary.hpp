#pragma once

#include "polystore/deadline.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace polystore::test {

/// How long the calling thread has waited for a processor in its life, as Linux counts it; zero
/// where the system does not tell.
inline std::chrono::nanoseconds waited_for_processor() {
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  file >> ran >> waited;
  return std::chrono::nanoseconds(waited);
}

/// A thread that wakes on time and then does `work`, to tell how long the machine keeps this
/// process's threads waiting: no library can make a call end sooner than its threads run, nor one
/// that waits for the disk sooner than that answers. Threads: any.
class CrashCanary {
 public:
  using Clock = Deadline::Clock;

  explicit CrashCanary(
      std::chrono::milliseconds step = std::chrono::milliseconds(2),
      std::function<void()> work = [] {})
      : step_(step), work_(std::move(work)), thread_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) wake_once();
        }) {}

  /// How much of the time it ought to have run and did not.
  [[nodiscard]] std::chrono::microseconds kept_waiting(Clock::time_point from,
                                                       Clock::time_point to) {
    if (to <= from) return {};
    const std::lock_guard lock(mutex_);
    Clock::duration sum = overlap({due_, to}, from, to);  // the wait under way
    for (const Wait& wait : waits_) sum += overlap(wait, from, to);
    return std::chrono::duration_cast<std::chrono::microseconds>(sum);
  }

 private:
  struct Wait {
    Clock::time_point due;
    Clock::time_point end;
  };
  static constexpr std::chrono::milliseconds worth_noting{1};
  static constexpr std::chrono::seconds kept{30};

  static Clock::duration overlap(const Wait& wait, Clock::time_point from, Clock::time_point to) {
    return std::max(Clock::duration::zero(), std::min(wait.end, to) - std::max(wait.due, from));
  }

  void wake_once() {
    {
      const std::lock_guard lock(mutex_);
      due_ = Clock::now() + step_;
    }
    std::this_thread::sleep_until(due_);
    work_();
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    if (now - due_ > worth_noting) waits_.push_back({due_, now});
    due_ = now;
    while (!waits_.empty() && waits_.front().end < now - kept) waits_.pop_front();
  }

  const std::chrono::milliseconds step_;
  const std::function<void()> work_;
  std::mutex mutex_;  // guards the rest; only the thread writes due_
  Clock::time_point due_ = Clock::now();
  std::deque<Wait> waits_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace polystore::test
