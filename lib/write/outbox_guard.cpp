#include "write/outbox_guard.hpp"

#include "polystore/error.hpp"

#include <string>

namespace polystore::write {
namespace {

Error full(const std::string& what) {
  return Error({.code = ErrorCode::unavailable,
                .retryable = true,
                .operation = "use the outbox",
                .message = "the output store is away, and the outbox that stands in for it " +
                           what +
                           "; repeat it when the output store is back and the relay has run"});
}

}  // namespace

void OutboxGuard::refresh(ports::MetadataTransaction& transaction, Deadline deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (Deadline::Clock::now() < ask_again_) return;
    ask_again_ = Deadline::Clock::now() + limits_.refresh;
  }
  const auto stats = transaction.outbox_stats(deadline);
  const std::lock_guard lock(mutex_);
  known_ = stats;
  added_bytes_ = 0;
}

void OutboxGuard::require_room(ports::MetadataTransaction& transaction, std::int64_t bytes,
                               Deadline deadline) {
  refresh(transaction, deadline);
  const std::lock_guard lock(mutex_);
  if (known_.pending_bytes + added_bytes_ + bytes > limits_.bytes) {
    throw full("has no room within outbox_limit_bytes = " + std::to_string(limits_.bytes));
  }
  if (known_.oldest > limits_.age) {
    throw full("holds an entry that is older than outbox_limit_age = " +
               std::to_string(limits_.age.count()) + " s");
  }
  added_bytes_ += bytes;
}

}  // namespace polystore::write
