#include "write/put_queue.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace polystore::write {
namespace {

// The watcher wakes at least that often, so that a lone put need not wake it.
constexpr std::chrono::seconds watcher_pause{1};

std::size_t bytes_of(const PutRef& put) { return put->plan().read_copy.size(); }

Error put_error(ErrorCode code, Outcome outcome, std::string message) {
  return Error({.code = code,
                .outcome = outcome,
                .retryable = code != ErrorCode::closed,
                .operation = "put",
                .message = std::move(message)});
}

Error overloaded(const QueueLimits& limits) {
  return put_error(ErrorCode::overloaded, Outcome::not_applied,
                   "more than " + std::to_string(limits.items) + " puts or " +
                       std::to_string(limits.bytes) +
                       " bytes wait to be stored; send less at once, or wait and repeat it");
}

Error closed(bool in_doubt = false) {
  return put_error(ErrorCode::closed, in_doubt ? Outcome::unknown : Outcome::not_applied,
                   "the store was closed before this put was done");
}

Error late(bool in_doubt) {
  return put_error(ErrorCode::deadline_exceeded, in_doubt ? Outcome::unknown : Outcome::not_applied,
                   in_doubt ? "the stores did not confirm it before the deadline; repeat it with "
                              "the same id to be sure"
                            : "the deadline passed before its turn came");
}

}  // namespace

void PutQueue::push(std::span<const PutRef> puts) {
  std::size_t bytes = 0;
  for (const PutRef& put : puts) bytes += bytes_of(put);
  bool wake_watcher = false;
  bool wake_lane = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) throw closed();
    const bool fits =
        listed_.size() + puts.size() <= limits_.items && bytes_ + bytes <= limits_.bytes;
    if (!fits && !listed_.empty()) throw overloaded(limits_);
    const bool first = waiting_.empty();
    for (const PutRef& put : puts) {
      put->listing_ = listed_.emplace(put->deadline().time(), put);
      waiting_.push_back(put);
    }
    bytes_ += bytes;
    puts.front()->leads_call_ = true;
    if (gathers()) {
      company_next_ = std::min(Deadline::Clock::now() + company_pause_, company_end_);
    } else {
      // Later ones need not wake a lane before its time: the first has made it wait for that.
      wake_lane = first || may_take();
    }
    wake_watcher = !listed_.empty() && listed_.begin()->first < watcher_wakes_;
  }
  if (wake_watcher) sooner_.notify_one();
  if (wake_lane) filled_.notify_one();
}

void PutQueue::end_batch(std::span<const PutRef> batch, Deadline::Clock::duration took,
                         bool stored) {
  const auto now = Deadline::Clock::now();
  const std::lock_guard lock(mutex_);
  --under_way_;
  patience_ = std::min<Deadline::Clock::duration>(2 * took, limits_.patience);
  if (!stored) {
    filled_.notify_one();  // this lane may pause before it takes more
    return;
  }
  const auto calls = std::ranges::count_if(batch, [](const auto& put) { return put->leads_call_; });
  company_ = static_cast<std::size_t>(calls);
  company_pause_ = took / 8;
  company_next_ = now + company_pause_;
  company_end_ = now + took / 2;
}

// Whether a lane waits for more puts than wait now. Needs mutex_.
bool PutQueue::gathers() const {
  return !closed_ && waiting_.size() < company_ && Deadline::Clock::now() < company_next_;
}

// Whether it is time for the next batch. Needs mutex_.
bool PutQueue::may_take() const {
  if (closed_) return true;
  if (waiting_.empty() || gathers()) return false;
  return under_way_ == 0 || waiting_.size() >= limits_.batch_items ||
         Deadline::Clock::now() >= help_begins_;
}

std::vector<PutRef> PutQueue::take() {
  std::vector<PutRef> batch;
  std::unordered_set<ContentId> ids;
  std::size_t bytes = 0;
  std::unique_lock lock(mutex_);
  while (!may_take()) {
    if (gathers()) {
      filled_.wait_until(lock, company_next_);
    } else if (waiting_.empty()) {
      filled_.wait(lock);
    } else {
      filled_.wait_until(lock, help_begins_);
    }
  }
  company_ = 0;
  for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < limits_.batch_items;) {
    const PutRef& put = *at;
    if (!batch.empty() && bytes + bytes_of(put) > limits_.batch_bytes) break;
    // A repeat of a put that is in this batch waits, to be told what became of that one.
    if (!ids.insert(put->plan().row.metadata.id).second) {
      ++at;
      continue;
    }
    bytes += bytes_of(put);
    put->state_ = QueuedPut::State::under_way;
    batch.push_back(put);
    at = waiting_.erase(at);
  }
  if (!batch.empty()) {
    ++under_way_;
    help_begins_ = Deadline::Clock::now() + patience_;
  }
  if (!waiting_.empty()) filled_.notify_one();  // there is work for another lane
  return batch;
}

// Takes a put off the list; false when that was done before. Needs mutex_.
bool PutQueue::end(const PutRef& put) {
  if (put->state_ == QueuedPut::State::ended) return false;
  put->state_ = QueuedPut::State::ended;
  listed_.erase(put->listing_);
  bytes_ -= bytes_of(put);
  return true;
}

void PutQueue::tell(const std::vector<Ended>& ended) {
  for (const Ended& one : ended) one.put->done_(one.error);
}

void PutQueue::finish(const PutRef& put, const std::optional<Error>& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!end(put)) return;
  }
  put->done_(error);
}

void PutQueue::put_back(const PutRef& put) {
  std::vector<Ended> ended;
  {
    const std::lock_guard lock(mutex_);
    if (put->state_ == QueuedPut::State::ended) return;
    put->was_in_doubt_ = put->in_doubt;
    put->state_ = QueuedPut::State::waiting;
    if (!closed_) {
      waiting_.push_front(put);
    } else if (end(put)) {
      ended.push_back({put, closed(put->was_in_doubt_)});
    }
  }
  filled_.notify_one();
  tell(ended);
}

// Needs mutex_.
std::vector<PutQueue::Ended> PutQueue::end_expired() {
  std::vector<Ended> ended;
  const auto now = Deadline::Clock::now();
  while (!listed_.empty() && listed_.begin()->first <= now) {
    const PutRef put = listed_.begin()->second;
    const bool in_doubt = put->was_in_doubt_ || put->state_ == QueuedPut::State::under_way;
    if (end(put)) ended.push_back({put, late(in_doubt)});
  }
  if (!ended.empty()) {
    std::erase_if(waiting_,
                  [](const PutRef& put) { return put->state_ == QueuedPut::State::ended; });
  }
  return ended;
}

void PutQueue::watch_deadlines() {
  std::unique_lock lock(mutex_);
  while (!closed_ || !listed_.empty()) {
    const auto ended = end_expired();
    if (!ended.empty()) {
      lock.unlock();
      tell(ended);
      lock.lock();
      continue;
    }
    watcher_wakes_ = Deadline::Clock::now() + watcher_pause;
    if (!listed_.empty()) watcher_wakes_ = std::min(watcher_wakes_, listed_.begin()->first);
    sooner_.wait_until(lock, watcher_wakes_);
  }
}

void PutQueue::close() noexcept {
  std::vector<Ended> ended;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const PutRef& put : waiting_) {
      if (end(put)) ended.push_back({put, closed(put->was_in_doubt_)});
    }
    waiting_.clear();
  }
  filled_.notify_all();
  sooner_.notify_one();
  tell(ended);
}

}  // namespace polystore::write
