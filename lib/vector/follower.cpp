#include "vector/follower.hpp"

#include "support/backoff.hpp"
#include "support/unexpected.hpp"

#include <exception>
#include <system_error>
#include <utility>

namespace polystore::vector {
namespace {

using std::chrono::milliseconds;

// How long a wait for changes lasts, and so how long an end of the thread may take.
constexpr milliseconds wait_span{200};
// Of one call that reads; what needs longer is tried again.
constexpr milliseconds read_span{10'000};

Error index_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .retryable = code != ErrorCode::closed,
                .operation = "search vectors",
                .message = std::move(message)});
}

}  // namespace

Follower::~Follower() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void Follower::start() {
  const std::lock_guard lock(mutex_);
  if (stopped_) throw index_error(ErrorCode::closed, "the store is closed; open a new one");
  if (thread_.joinable()) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    throw index_error(ErrorCode::overloaded,
                      "the system gives this process no more threads; try again when it does");
  }
}

void Follower::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  happened_.notify_all();
}

std::shared_ptr<Index> Follower::peek() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

// Needs mutex_.
bool Follower::is_fresh() const {
  return live_ && Deadline::Clock::now() - heard_at_ <= longest_lag_;
}

std::shared_ptr<Index> Follower::index(Deadline deadline) {
  std::unique_lock lock(mutex_);
  happened_.wait_until(lock, deadline.time(), [this] { return stopped_ || is_fresh(); });
  if (stopped_) throw index_error(ErrorCode::closed, "the store is closed; open a new one");
  if (is_fresh()) return live_;
  if (failure_) throw Error(*failure_);
  throw index_error(ErrorCode::unavailable,
                    live_ ? "the server has not been heard of for longer than "
                            "VectorOptions::longest_lag; see that it answers"
                          : "the vectors are still being read; try again, or call load() first");
}

void Follower::change_own(const std::function<void(Index&)>& change) {
  std::shared_ptr<Index> live;
  std::shared_ptr<Index> loading;
  {
    const std::lock_guard lock(mutex_);
    live = live_;
    loading = loading_;
  }
  if (live) change(*live);
  if (loading) change(*loading);
}

void Follower::run() {
  support::Backoff backoff(milliseconds(20), milliseconds(1000));
  for (;;) {
    milliseconds span{0};
    try {
      step();
      backoff = {milliseconds(20), milliseconds(1000)};
    } catch (const Error& error) {
      failed(error);
      span = std::chrono::ceil<milliseconds>(backoff.next());
    } catch (const std::exception&) {
      failed(support::unexpected("follow vectors", Outcome::not_applied));
      span = std::chrono::ceil<milliseconds>(backoff.next());
    }
    if (!pause(span)) return;
  }
}

// False when the thread is to end.
bool Follower::pause(milliseconds span) {
  std::unique_lock lock(mutex_);
  return !happened_.wait_for(lock, span, [this] { return stopped_; });
}

void Follower::step() {
  const auto index = peek();
  if (!index) return load();
  const auto changes =
      port_.changes({.after = position_, .wait = wait_span}, Deadline::after(read_span));
  if (changes.lost) return load();
  apply(*index, changes);
  position_ = changes.position;
  heard();
}

// Reads all vectors into an index of their own, and then what has changed meanwhile.
void Follower::load() {
  ports::VectorPosition position = port_.last_position(Deadline::after(read_span));
  auto index = std::make_shared<Index>(index_threads_);
  index->settle(position.version);  // the scan finds what they left
  {
    const std::lock_guard lock(mutex_);
    loading_ = index;
  }
  for (std::optional<std::string> from = std::string(); from;) {
    auto part = port_.scan(*from, Deadline::after(read_span));
    for (const auto& vector : part.vectors) index->put(vector);
    from = std::move(part.next);
    if (!pause(milliseconds(0))) return;
  }
  for (;;) {
    const auto changes = port_.changes({.after = position}, Deadline::after(read_span));
    if (changes.lost) {
      throw index_error(ErrorCode::unavailable,
                        "more was changed while the vectors were read than the log of changes "
                        "keeps; they are read again");
    }
    apply(*index, changes);
    position = changes.position;
    if (changes.changes.empty()) break;
    if (!pause(milliseconds(0))) return;
  }
  position_ = std::move(position);
  std::shared_ptr<Index> before;  // goes without the lock
  const std::lock_guard lock(mutex_);
  before = std::exchange(live_, std::exchange(loading_, nullptr));
  heard_at_ = Deadline::Clock::now();
  failure_.reset();
  happened_.notify_all();
}

void Follower::apply(Index& index, const ports::VectorChanges& changes) const {
  for (const auto& change : changes.changes) {
    if (change.now) {
      index.put(*change.now);
    } else {
      index.erase(change.key, change.version);
    }
  }
  if (!changes.changes.empty()) index.settle(changes.position.version);
}

void Follower::heard() {
  {
    const std::lock_guard lock(mutex_);
    heard_at_ = Deadline::Clock::now();
    failure_.reset();
  }
  happened_.notify_all();
}

void Follower::failed(const Error& error) {
  std::shared_ptr<Index> unfinished;  // goes without the lock
  const std::lock_guard lock(mutex_);
  failure_ = error;
  unfinished = std::move(loading_);
}

}  // namespace polystore::vector
