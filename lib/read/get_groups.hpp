#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"

#include "read/lookup.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace polystore::read {

/// Joins gets that come at the same time: a caller reads at once, for all that wait, while fewer
/// than `batches` others do so; else it waits for one that begins after it came, and so sees all
/// that was acknowledged before. A lone get is not kept waiting for company, and none for long by
/// another's read that takes its time: after `patience` it reads itself.
/// No threads of its own. Threads: any.
class GetGroups {
 public:
  /// As Lookup::get.
  using Read = std::function<std::vector<Found>(std::span<const ContentId>, Deadline)>;

  explicit GetGroups(Read read, std::chrono::milliseconds patience = std::chrono::milliseconds(20),
                     std::size_t batches = 2, std::size_t batch_items = 64)
      : read_(std::move(read)), patience_(patience), batches_(batches), batch_items_(batch_items) {}
  GetGroups(const GetGroups&) = delete;
  GetGroups& operator=(const GetGroups&) = delete;

  /// As Lookup::get of one id: a failure is in the result. Blocks until the deadline at most.
  Found get(const ContentId& id, Deadline deadline);

 private:
  // A get that is not done. Shared: who reads for it may outlast it.
  struct Waiting {
    Waiting(const ContentId& of, Deadline until) : id(of), deadline(until) {}

    const ContentId id;
    const Deadline deadline;
    Found found{};
    bool done = false;
    bool queued = true;  // else somebody reads for it
    std::condition_variable wake{};
  };
  using WaitingRef = std::shared_ptr<Waiting>;

  [[nodiscard]] Found read_alone(const ContentId& id, Deadline deadline) const;
  void lead(std::unique_lock<std::mutex>& lock, Deadline deadline);
  std::vector<WaitingRef> take();
  void settle(const std::vector<WaitingRef>& batch, std::vector<Found> found, Deadline deadline);
  void leave(const WaitingRef& self);

  const Read read_;
  const std::chrono::milliseconds patience_;
  const std::size_t batches_;
  const std::size_t batch_items_;
  std::mutex mutex_;  // guards the rest, and what is waiting
  std::deque<WaitingRef> queue_;
  std::size_t under_way_ = 0;
};

}  // namespace polystore::read
