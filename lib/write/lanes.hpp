#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "write/plan.hpp"
#include "write/put_queue.hpp"
#include "write/writer.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace polystore::write {

struct LaneLimits {
  std::size_t lanes = 2;
  int attempts = 3;  ///< Of a put that surely was not applied. One in doubt has until its deadline.
  std::chrono::milliseconds longest_batch{10'000};
  QueueLimits queue{};
};

/// Commits puts in groups: each lane is a thread that takes all that waits, up to a batch, and
/// stores it in one transaction. A lone put is not kept waiting for company; the callers of a batch
/// that has just ended get a moment to put again, so that they are one batch again.
/// An attempt that failed for now is repeated; one whose outcome is unknown is repeated under the
/// same ids, which tells what became of it.
/// Threads: any, but construction and destruction.
class CommitLanes {
 public:
  /// Starts no thread before the first put. `writer` must outlive this.
  CommitLanes(Writer& writer, LaneLimits limits)
      : writer_(writer), limits_(limits), queue_(limits.queue) {}
  CommitLanes(const CommitLanes&) = delete;
  CommitLanes& operator=(const CommitLanes&) = delete;
  /// Closes, and waits for the batches under way: each ends by its puts' last deadline.
  ~CommitLanes();

  /// Queues a put. Never blocks. Errors: overloaded (retryable), closed; then `done` is not called.
  void submit(PlannedPut plan, Deadline deadline, PutDone done);

  /// Stores puts and waits for them. Per item: nothing for success, else its error. Blocks until
  /// the deadline at most.
  std::vector<std::optional<Error>> put(std::vector<PlannedPut> plans, Deadline deadline);

  /// Ends the puts that wait with `closed`; those under way go on. Never waits for them.
  void close() noexcept { queue_.close(); }

 private:
  void start();
  void work();
  void commit(const std::vector<PutRef>& batch);
  [[nodiscard]] std::vector<std::optional<Error>> write(std::span<const PlannedPut* const> plans,
                                                        Deadline deadline) noexcept;
  [[nodiscard]] bool should_retry(const QueuedPut& put, const Error& error) const;

  Writer& writer_;
  const LaneLimits limits_;
  PutQueue queue_;
  std::once_flag started_;
  std::vector<std::jthread> threads_;  // last: they use the rest
};

}  // namespace polystore::write
