#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "write/plan.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace polystore::write {

struct QueueLimits {
  std::size_t items = 10'000;                          ///< Waiting and under way.
  std::size_t bytes = std::size_t{256} * 1024 * 1024;  ///< The same, of their read copies.
  std::size_t batch_items = 128;
  std::size_t batch_bytes = std::size_t{8} * 1024 * 1024;
  /// A second batch is begun beside the first one after so long at the latest.
  std::chrono::milliseconds patience{100};
};

/// Gets what became of a put: nothing for success. Called once, from any thread; it must neither
/// block for long nor throw.
using PutDone = std::function<void(const std::optional<Error>&)>;

class QueuedPut;
using PutRef = std::shared_ptr<QueuedPut>;
using PutListing = std::multimap<Deadline::Clock::time_point, PutRef>;

/// A put that waits for a lane, or is under way in one.
class QueuedPut {
 public:
  QueuedPut(PlannedPut plan, Deadline deadline, PutDone done)
      : plan_(std::move(plan)), deadline_(deadline), done_(std::move(done)) {}

  [[nodiscard]] const PlannedPut& plan() const noexcept { return plan_; }
  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }

  int attempts = 0;       ///< How often it was tried. For the lane that has it.
  bool in_doubt = false;  ///< An attempt may have taken effect. For the lane that has it.

 private:
  friend class PutQueue;
  enum class State : std::uint8_t { waiting, under_way, ended };

  const PlannedPut plan_;
  const Deadline deadline_;
  const PutDone done_;
  // Guarded by the queue's mutex.
  bool leads_call_ = false;  // the first put of its push()
  State state_ = State::waiting;
  bool was_in_doubt_ = false;
  PutListing::iterator listing_{};
};

/// The bounded queue between callers and lanes. It ends each put by its deadline, wherever it is.
/// Threads: any. Nothing here waits for a server.
class PutQueue {
 public:
  explicit PutQueue(QueueLimits limits) : limits_(limits), patience_(limits.patience) {}

  /// Takes all in, or none. A call that is larger than the limits is taken in when nothing waits.
  /// Errors: overloaded (retryable), closed.
  void push(std::span<const PutRef> puts);

  /// The next batch, oldest first, without two puts of one id. Waits for one; empty: closed.
  /// While a batch is under way, puts gather for the next one, for ten small batches cost far more
  /// than one of ten puts: until a whole batch waits, or the one under way takes twice as long as
  /// the last one did.
  std::vector<PutRef> take();

  /// Tells, before its puts are finished, that a batch of take() ends, and how long it `took`. When
  /// all were `stored`, their callers may well put again at once: the next take() waits for as many
  /// puts as there were calls, while they come in close succession and for half of `took` at most.
  void end_batch(std::span<const PutRef> batch, Deadline::Clock::duration took, bool stored);

  /// Ends a put that take() gave.
  void finish(const PutRef& put, const std::optional<Error>& error);

  /// Takes back a put that take() gave, to be tried before all others.
  void put_back(const PutRef& put);

  /// Ends puts whose deadline has come, until the queue is closed. For one thread.
  void watch_deadlines();

  /// Refuses new puts and ends those that wait with `closed`; those under way go on.
  void close() noexcept;

 private:
  struct Ended {
    PutRef put;
    std::optional<Error> error;
  };

  [[nodiscard]] bool end(const PutRef& put);
  [[nodiscard]] bool gathers() const;
  [[nodiscard]] bool may_take() const;
  std::vector<Ended> end_expired();
  static void tell(const std::vector<Ended>& ended);

  const QueueLimits limits_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable filled_;
  std::condition_variable sooner_;
  std::deque<PutRef> waiting_;
  PutListing listed_;      // every put that has not ended, by deadline
  std::size_t bytes_ = 0;  // of the listed
  Deadline::Clock::time_point watcher_wakes_ = Deadline::Clock::time_point::max();
  std::size_t under_way_ = 0;  // batches
  Deadline::Clock::duration patience_;
  Deadline::Clock::time_point help_begins_{};  // of a second batch, when one is under way
  // A lane gathers while fewer puts than company_ wait and company_next_ has not come: the last put
  // or company_pause_ later, and never after company_end_.
  std::size_t company_ = 0;
  Deadline::Clock::duration company_pause_{};
  Deadline::Clock::time_point company_next_{};
  Deadline::Clock::time_point company_end_{};
  bool closed_ = false;
};

}  // namespace polystore::write
