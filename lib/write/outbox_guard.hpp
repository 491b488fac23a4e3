#pragma once

#include "polystore/deadline.hpp"

#include "ports/outbox_port.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace polystore::write {

struct OutboxLimits {
  std::int64_t bytes = std::int64_t{1} << 30;         ///< Of the bodies that wait.
  std::chrono::seconds age = std::chrono::hours(24);  ///< Of the oldest entry.
  std::chrono::milliseconds refresh{1000};            ///< How long an answer of the outbox is used.
};

/// Keeps an outbox from growing for ever while the output store is away. Other processes add to it
/// too, so it may pass its limit by what they add in a second. Threads: any.
class OutboxGuard {
 public:
  OutboxGuard(ports::OutboxPort& outbox, OutboxLimits limits) noexcept
      : outbox_(outbox), limits_(limits) {}

  /// Call it before entries of that many bytes are added. Blocks until the deadline at most.
  /// Errors: unavailable (retryable) when the outbox is full; those of the metadata store.
  void require_room(std::int64_t bytes, Deadline deadline);

 private:
  ports::OutboxPort& outbox_;
  const OutboxLimits limits_;
  std::mutex mutex_;  // guards the rest
  ports::OutboxStats known_;
  std::int64_t added_bytes_ = 0;  // since known_ was asked for
  Deadline::Clock::time_point ask_again_{};
};

}  // namespace polystore::write
