#include "read/generation_gate.hpp"

#include "polystore/error.hpp"

#include <string>

namespace polystore::read {
namespace {

Error gate_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .retryable = true,
                .operation = "get_or_generate",
                .message = std::move(message)});
}

}  // namespace

GenerationGate::Ticket GenerationGate::enter(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (free_ > 0) {
    --free_;
    return Ticket(*this);
  }
  if (waiting_.size() >= most_waiting_) {
    throw gate_error(ErrorCode::overloaded,
                     "the response store is down, and as many calls as may wait for one of "
                     "CacheOptions::generations_without_store; repeat it later");
  }
  Waiter waiter;
  const auto place = waiting_.insert(waiting_.end(), &waiter);
  if (!waiter.turn.wait_until(lock, deadline.time(), [&] { return waiter.admitted; })) {
    waiting_.erase(place);
    throw gate_error(ErrorCode::deadline_exceeded,
                     "the response store is down, and none of "
                     "CacheOptions::generations_without_store became free before the deadline");
  }
  return Ticket(*this);
}

void GenerationGate::leave() noexcept {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  Waiter& first = *waiting_.front();
  waiting_.pop_front();
  first.admitted = true;
  first.turn.notify_one();  // under the lock: without it the waiter may be gone
}

std::size_t GenerationGate::waiting() const noexcept {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace polystore::read
