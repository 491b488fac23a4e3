#pragma once

#include "polystore/deadline.hpp"

#include "ports/response_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace polystore::read {

struct RefreshLimits {
  std::size_t threads = 2;     ///< Zero: every job is dropped.
  std::size_t waiting = 1024;  ///< Jobs that wait for a thread.
  std::chrono::milliseconds job_deadline{60'000};
};

/// What became of jobs so far.
struct RefreshCounts {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;   ///< They threw.
  std::uint64_t dropped = 0;  ///< Never begun: too many waited, or it was closed.
};

/// Threads that make answers anew in the background. Threads: all members from any, but
/// destruction.
class Refresher {
 public:
  /// Ends by the deadline. Owns what it uses: one that overstays its deadline may outlive the
  /// Refresher.
  using Job = std::function<void(Deadline)>;
  enum class Submitted : std::uint8_t { queued, under_way_already, dropped };

  /// Starts no thread before the first job.
  explicit Refresher(const RefreshLimits& limits);
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;
  /// Closes, and waits for the jobs under way, for 100 ms after the last of their deadlines at
  /// most. May be called by a job.
  ~Refresher();

  /// Queues a job, unless one of this key waits or is under way. Never blocks.
  Submitted submit(const ports::EntryKey& key, Job job) noexcept;

  /// Takes no more jobs and drops those that wait. Never waits for those under way.
  void close() noexcept;

  [[nodiscard]] RefreshCounts counts() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the threads
};

}  // namespace polystore::read
