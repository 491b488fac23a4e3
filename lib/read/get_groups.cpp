#include "read/get_groups.hpp"

#include "polystore/error.hpp"

#include "support/unexpected.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace polystore::read {
namespace {

// Times the patience with a batch, until it is taken to be stuck.
constexpr int stuck_after = 25;

Error late_get() {
  return Error({.code = ErrorCode::deadline_exceeded,
                .retryable = true,
                .operation = "get",
                .message = "the deadline passed before the stores answered; repeat it with more "
                           "time"});
}

}  // namespace

Found GetGroups::get(const ContentId& id, Deadline deadline) {
  if (deadline.expired()) return read_alone(id, deadline);  // it is to be tried once all the same
  const auto self = std::make_shared<Waiting>(id, deadline);
  const auto began = Deadline::Clock::now();
  std::unique_lock lock(mutex_);
  queue_.push_back(self);
  while (!self->done) {
    const auto waited = Deadline::Clock::now() - began;
    if (self->queued && (under_way_ < batches_ || waited >= patience_)) {
      lead(lock, deadline);
    } else if (!self->queued && waited >= stuck_after * patience_) {
      lock.unlock();
      return read_alone(id, deadline);
    } else if (deadline.expired()) {
      leave(self);
      return {.error = late_get()};
    } else {
      const auto pause = self->queued ? patience_ : stuck_after * patience_;
      self->wake.wait_until(lock, std::min(deadline.time(), began + pause));
    }
  }
  return std::move(self->found);
}

Found GetGroups::read_alone(const ContentId& id, Deadline deadline) const {
  return std::move(read_({&id, 1}, deadline).front());
}

// Reads for the first that wait, the caller among them unless more do than one batch holds.
void GetGroups::lead(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  const std::vector<WaitingRef> batch = take();
  ++under_way_;
  lock.unlock();
  std::vector<ContentId> ids;
  std::vector<Found> found;
  try {
    for (const WaitingRef& waiting : batch) ids.push_back(waiting->id);
    found = read_(ids, deadline);
  } catch (const std::exception&) {
    found.assign(batch.size(), {.error = support::unexpected("get", Outcome::not_applied)});
  }
  lock.lock();
  --under_way_;
  settle(batch, std::move(found), deadline);
  if (!queue_.empty()) queue_.front()->wake.notify_one();  // it may lead now
}

std::vector<GetGroups::WaitingRef> GetGroups::take() {
  std::vector<WaitingRef> batch;
  while (!queue_.empty() && batch.size() < batch_items_) {
    queue_.front()->queued = false;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void GetGroups::settle(const std::vector<WaitingRef>& batch, std::vector<Found> found,
                       Deadline deadline) {
  for (std::size_t i = batch.size(); i-- > 0;) {  // backwards, for each goes before all others
    const WaitingRef& waiting = batch[i];
    const auto& error = found[i].error;
    // Who read for it had less time: it reads again.
    if (error && error->code() == ErrorCode::deadline_exceeded &&
        waiting->deadline.time() > deadline.time()) {
      waiting->queued = true;
      queue_.push_front(waiting);
    } else {
      waiting->found = std::move(found[i]);
      waiting->done = true;
    }
    waiting->wake.notify_one();
  }
}

// Takes a get that is late out of the queue. Who reads for it may go on: it is shared.
void GetGroups::leave(const WaitingRef& self) {
  if (self->queued) std::erase(queue_, self);
  if (!queue_.empty() && under_way_ < batches_) queue_.front()->wake.notify_one();
}

}  // namespace polystore::read
