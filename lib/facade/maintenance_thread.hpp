#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/backoff.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace polystore::facade {

/// Work that is repeated. Each pause is random, between zero and a bound: `pause` after a run that
/// found something to do; it doubles up to `longest_pause` after those that did not, or failed.
struct MaintenanceStep {
  std::chrono::milliseconds pause{};
  std::chrono::milliseconds longest_pause{};
  /// Ends by the deadline. True when it found something to do. Failures are polystore::Error.
  std::function<bool(Deadline)> run{};
};

/// One thread that runs steps, one at a time, each when it is due. Threads: any, but destruction.
class MaintenanceThread {
 public:
  using OnError = std::function<void(const Error&)>;

  MaintenanceThread() = default;
  MaintenanceThread(const MaintenanceThread&) = delete;
  MaintenanceThread& operator=(const MaintenanceThread&) = delete;
  /// Stops, and waits for the step under way: it ends by its deadline.
  ~MaintenanceThread();

  /// Starts the thread. Failures of steps go to `on_error`, if there is one, and never end it.
  /// Errors: conflict when it was started before, closed when it was stopped, overloaded when the
  /// system gives no thread.
  void start(std::vector<MaintenanceStep> steps, std::chrono::milliseconds step_deadline,
             OnError on_error);

  /// Starts no further step. Never waits for the one under way, never throws.
  void stop() noexcept;

 private:
  using TimePoint = Deadline::Clock::time_point;

  struct Planned {
    MaintenanceStep step;
    support::Backoff backoff;
    TimePoint due;
  };

  void work();
  [[nodiscard]] bool wait_until(TimePoint due);
  void run(Planned& planned);
  [[nodiscard]] bool run_step(const MaintenanceStep& step);
  void report(const Error& error);
  [[nodiscard]] static support::Backoff backoff_of(const MaintenanceStep& step) {
    return {step.pause, step.longest_pause};
  }

  // Set by start, then the thread's own.
  std::vector<Planned> planned_;
  std::chrono::milliseconds step_deadline_{};
  OnError on_error_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace polystore::facade
