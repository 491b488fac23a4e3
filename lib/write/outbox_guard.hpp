#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"

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
  explicit OutboxGuard(OutboxLimits limits) noexcept : limits_(limits) {}

  /// Call it before the transaction adds entries of that many bytes. Blocks until the deadline at
  /// most. Errors: unavailable (retryable) when the outbox is full; those of the metadata store.
  void require_room(ports::MetadataTransaction& transaction, std::int64_t bytes, Deadline deadline);

 private:
  // One caller asks at a time; meanwhile the others go by the last answer.
  void refresh(ports::MetadataTransaction& transaction, Deadline deadline);

  const OutboxLimits limits_;
  std::mutex mutex_;  // guards the rest
  ports::OutboxStats known_;
  std::int64_t added_bytes_ = 0;  // since known_ was asked for
  Deadline::Clock::time_point ask_again_{};
};

}  // namespace polystore::write
