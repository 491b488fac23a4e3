#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/vector_port.hpp"
#include "vector/index.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace polystore::vector {

/// Keeps an index in step with the durable vectors, in a thread: it reads all of them, and then
/// follows the log. Where that was cut off it reads all anew, while the index that there is serves.
/// Threads: any, but destruction.
class Follower {
 public:
  Follower(ports::VectorPort& port, std::size_t index_threads,
           std::chrono::milliseconds longest_lag)
      : port_(port), index_threads_(index_threads), longest_lag_(longest_lag) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  /// Waits for the step under way: a fraction of a second.
  ~Follower();

  /// Starts the thread, if it does not run. Errors: overloaded when the system gives none, closed.
  void start();

  /// The index, complete and not older than the longest lag. Blocks until then, at most until
  /// `deadline`. Errors: unavailable (retryable), closed, what keeps the vectors from being read.
  [[nodiscard]] std::shared_ptr<Index> index(Deadline deadline);

  /// Runs `change` on the index and on one that is being made anew.
  void change_own(const std::function<void(Index&)>& change);

  /// The index as it is; null before the first was complete. Never blocks.
  [[nodiscard]] std::shared_ptr<Index> peek() const;

  /// Ends the thread soon. Never waits, never throws.
  void stop() noexcept;

 private:
  using TimePoint = Deadline::Clock::time_point;

  void run();
  void step();
  void load();
  void apply(Index& index, const ports::VectorChanges& changes) const;
  void heard();
  void failed(const Error& error);
  bool pause(std::chrono::milliseconds span);
  [[nodiscard]] bool is_fresh() const;

  ports::VectorPort& port_;
  const std::size_t index_threads_;
  const std::chrono::milliseconds longest_lag_;

  ports::VectorPosition position_;  // the thread's own

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable happened_;
  bool stopped_ = false;
  std::shared_ptr<Index> live_;
  std::shared_ptr<Index> loading_;
  TimePoint heard_at_{};
  std::optional<Error> failure_;  // of the last step, if it failed
  std::thread thread_;
};

}  // namespace polystore::vector
