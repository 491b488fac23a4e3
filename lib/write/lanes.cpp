#include "write/lanes.hpp"

#include "support/backoff.hpp"
#include "support/unexpected.hpp"
#include "write/attempts.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <system_error>
#include <utility>

namespace polystore::write {
namespace {

constexpr std::chrono::milliseconds first_pause{4};
constexpr std::chrono::milliseconds longest_pause{250};

// What a caller waits for: the ends of all its puts.
class Call {
 public:
  explicit Call(std::size_t puts) : errors_(puts), left_(puts) {}

  void end(std::size_t index, const std::optional<Error>& error) {
    const std::lock_guard lock(mutex_);
    errors_[index] = error;
    if (--left_ == 0) done_.notify_one();
  }

  std::vector<std::optional<Error>> wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
    return std::move(errors_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::optional<Error>> errors_;
  std::size_t left_;
};

// The last attempt's error, for a put of which an earlier attempt may have taken effect. What the
// metadata says of the id is the truth all the same.
Error with_doubt(const Error& error) {
  const bool truth = error.code() == ErrorCode::conflict || error.code() == ErrorCode::not_found ||
                     error.code() == ErrorCode::invalid_argument;
  return truth ? error : in_doubt(error);
}

}  // namespace

CommitLanes::~CommitLanes() {
  close();
  threads_.clear();  // joins
}

void CommitLanes::start() {
  try {
    threads_.emplace_back([this] { queue_.watch_deadlines(); });
    for (std::size_t i = 0; i < limits_.lanes; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  } catch (const std::system_error&) {
    if (threads_.size() > 1) return;  // fewer lanes will do
    queue_.close();
    threads_.clear();
    throw Error({.code = ErrorCode::overloaded,
                 .operation = "put",
                 .message = "the system gives this process no more threads; open the store again "
                            "when it does"});
  }
}

void CommitLanes::submit(PlannedPut plan, Deadline deadline, PutDone done) {
  std::call_once(started_, [this] { start(); });
  const auto put = std::make_shared<QueuedPut>(std::move(plan), deadline, std::move(done));
  queue_.push({&put, 1});
}

std::vector<std::optional<Error>> CommitLanes::put(std::vector<PlannedPut> plans,
                                                   Deadline deadline) {
  if (plans.empty()) return {};
  std::call_once(started_, [this] { start(); });
  const auto call = std::make_shared<Call>(plans.size());
  std::vector<PutRef> puts;
  puts.reserve(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    puts.push_back(std::make_shared<QueuedPut>(
        std::move(plans[i]), deadline,
        [call, i](const std::optional<Error>& error) { call->end(i, error); }));
  }
  try {
    queue_.push(puts);
  } catch (const Error& error) {
    return std::vector<std::optional<Error>>(puts.size(), error);
  }
  return call->wait();  // the queue ends every put by its deadline
}

void CommitLanes::work() {
  for (;;) {
    const auto batch = queue_.take();
    if (batch.empty()) return;
    commit(batch);
  }
}

bool CommitLanes::should_retry(const QueuedPut& put, const Error& error) const {
  if (!error.retryable() || put.deadline().expired()) return false;
  return put.in_doubt || put.attempts < limits_.attempts;
}

std::vector<std::optional<Error>> CommitLanes::write(std::span<const PlannedPut* const> plans,
                                                     Deadline deadline) noexcept {
  std::optional<Error> failure;
  try {
    return writer_.put(plans, deadline);
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception&) {
    failure = support::unexpected("put", Outcome::unknown);
  }
  return std::vector<std::optional<Error>>(plans.size(), failure);
}

void CommitLanes::commit(const std::vector<PutRef>& batch) {
  std::vector<const PlannedPut*> plans;
  plans.reserve(batch.size());
  Deadline last = batch.front()->deadline();
  int attempts = 0;
  for (const PutRef& put : batch) {
    plans.push_back(&put->plan());
    if (put->deadline().time() > last.time()) last = put->deadline();
    attempts = std::max(attempts, ++put->attempts);
  }
  const auto begin = Deadline::Clock::now();
  const auto errors = write(plans, last.within(limits_.longest_batch));
  const auto took = Deadline::Clock::now() - begin;
  const bool stored =
      std::ranges::none_of(errors, [](const auto& error) { return error.has_value(); });
  queue_.end_batch(batch, took, stored);
  std::vector<PutRef> again;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const PutRef& put = batch[i];
    if (!errors[i]) {
      queue_.finish(put, std::nullopt);
      continue;
    }
    put->in_doubt = put->in_doubt || errors[i]->outcome() == Outcome::unknown;
    if (should_retry(*put, *errors[i])) {
      again.push_back(put);
    } else {
      queue_.finish(put, put->in_doubt ? with_doubt(*errors[i]) : *errors[i]);
    }
  }
  if (again.empty()) return;
  support::Backoff backoff(first_pause * attempts, longest_pause);
  std::this_thread::sleep_for(backoff.next());
  // Backwards, for each goes before all others.
  for (auto put = again.rbegin(); put != again.rend(); ++put) queue_.put_back(*put);
}

}  // namespace polystore::write
