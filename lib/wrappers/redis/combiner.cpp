#include "polystore/redis/combiner.hpp"

#include "polystore/error.hpp"
#include "polystore/fork_stamp.hpp"

#include "wrappers/redis/lane.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace polystore::redis {
namespace {

// How often a call may be put on another connection because one was lost before it was sent.
constexpr int most_lost = 2;

Error closed_error() {
  return Error({.code = ErrorCode::closed,
                .backend = Backend::redis,
                .operation = "run a command",
                .message = "the connections were closed, or belong to the parent of this process"});
}

Error deadline_error(Outcome outcome) {
  return Error({.code = ErrorCode::deadline_exceeded,
                .backend = Backend::redis,
                .outcome = outcome,
                .retryable = true,
                .operation = "run a command",
                .message = "the server did not answer before the deadline"});
}

std::size_t bytes_of(std::span<const Command> commands) {
  std::size_t bytes = 0;
  for (const auto& command : commands) {
    for (const auto& argument : command) bytes += argument.size();
  }
  return bytes;
}

// Counts those who are in a call.
class Caller {
 public:
  explicit Caller(std::atomic<std::size_t>& callers) noexcept : callers_(callers) { ++callers_; }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { --callers_; }

 private:
  std::atomic<std::size_t>& callers_;
};

}  // namespace

// A caller queues its call. If a lane is free, and callers are few or nobody drives one, it drives:
// it takes all that is queued, and goes on until its own call is done. Then a caller that still
// waits is made to drive on.
class Combiner::Impl {
 public:
  Impl(const ConnectOptions& options, const CombinerOptions& bounds)
      : options_(options),
        bounds_(bounds),
        pool_(make_pool(options)),
        lanes_(bounds.connections + 1) {}

  std::vector<Reply> run(const CallRef& call);
  [[nodiscard]] const CombinerOptions& bounds() const noexcept { return bounds_; }
  [[nodiscard]] ConnectionPool& pool() noexcept { return pool_; }
  void close() noexcept;

 private:
  bool enter(const CallRef& call);
  bool claim(Call& call);
  [[nodiscard]] bool crowded() const noexcept { return callers_ > bounds_.connections; }
  [[nodiscard]] bool is_timely() const noexcept;
  [[noreturn]] void leave(const CallRef& call);
  void drive(Lane& lane, Call& own);
  bool advance(Lane& lane, Call& own);
  void collect(Lane& lane, const Call& own);
  void fail(Lane& lane, const Error& error);
  void fail_queued(const Error& error);
  void requeue(const std::vector<CallRef>& calls, const Error* lost);
  void hand_over(Lane& lane);

  const ConnectOptions options_;
  const CombinerOptions bounds_;
  const ForkStamp stamp_;
  const Error out_of_memory_{{.code = ErrorCode::internal,
                              .backend = Backend::redis,
                              .outcome = Outcome::unknown,
                              .operation = "run a command",
                              .message = "this process is out of memory"}};
  ConnectionPool pool_;
  std::mutex mutex_;           // guards the rest; what a lane does is its driver's
  std::deque<CallRef> queue_;  // what is on no lane
  std::vector<Lane> lanes_;
  std::shared_ptr<Gathering> gathering_ = std::make_shared<Gathering>();
  bool closed_ = false;
  std::atomic<std::size_t> callers_{0};  // in run
};

std::vector<Reply> Combiner::Impl::run(const CallRef& call) {
  if (stamp_.inherited()) throw closed_error();
  const Caller caller(callers_);
  bool drives = enter(call);
  for (;;) {
    if (drives) drive(call->granted(), *call);
    drives = false;
    // One that is queued looks now and then for a lane that is free.
    const bool queued = call->lane == nullptr;
    switch (call->wait(queued ? call->deadline.within(bounds_.overdue) : call->deadline)) {
      case Call::State::done:
        return call->result();
      case Call::State::driving:
        drives = true;
        break;
      case Call::State::left:
        leave(call);
      case Call::State::waiting:
        if (!call->deadline.expired()) {
          drives = claim(*call);
        } else if (call->leave()) {
          leave(call);
        }
    }
  }
}

// Queues a call. True if its caller is to drive.
bool Combiner::Impl::enter(const CallRef& call) {
  const std::lock_guard lock(mutex_);
  if (closed_) throw closed_error();
  queue_.push_back(call);
  const auto free = std::ranges::find(lanes_, false, &Lane::driven);
  if (free == lanes_.end() || (crowded() && is_timely())) {
    call->join(gathering_, !std::exchange(gathering_->has_first, true));
    return false;
  }
  call->join(gathering_, false);
  Lane& lane = *free;
  lane.driven = true;
  return call->grant(lane);
}

// Whether a lane that is driven is believed to take what is queued soon.
bool Combiner::Impl::is_timely() const noexcept {
  const auto now = Deadline::Clock::now();
  return std::ranges::any_of(lanes_, [&](const Lane& lane) {
    return lane.driven && now - lane.round_began < bounds_.overdue;
  });
}

// Takes a free lane for a call that is still queued. True if its caller is to drive.
bool Combiner::Impl::claim(Call& call) {
  const std::lock_guard lock(mutex_);
  if (call.lane != nullptr) return false;
  const auto free = std::ranges::find(lanes_, false, &Lane::driven);
  if (free == lanes_.end() || !call.grant(*free)) return false;
  free->driven = true;
  return true;
}

// The caller has left.
void Combiner::Impl::leave(const CallRef& call) {
  const std::lock_guard lock(mutex_);
  std::erase(queue_, call);
  throw deadline_error(call->sent ? Outcome::unknown : Outcome::not_applied);
}

void Combiner::Impl::drive(Lane& lane, Call& own) {
  try {
    lane.check(bounds_.hung);
    collect(lane, own);
    while (advance(lane, own)) {
      if (lane.idle()) collect(lane, own);
    }
  } catch (...) {
    lane.abandon(out_of_memory_);
  }
  lane.finish_answered();
  (void)own.stop_driving(own.deadline.expired() ? Call::State::left : Call::State::waiting);
  hand_over(lane);
}

// Puts what is queued on the lane, but for calls whose callers are about to drive another.
void Combiner::Impl::collect(Lane& lane, const Call& own) {
  if (!lane.takes_calls()) return;
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  std::size_t calls = 0;
  for (const auto& call : queue_) {
    if (calls == bounds_.most_calls || bytes >= bounds_.most_bytes) break;
    const Call::State state = call->state();
    const bool drives_another = state == Call::State::driving && call.get() != &own;
    if (state == Call::State::left || drives_another) continue;
    lane.add(call);
    call->lane = &lane;
    bytes += call->bytes.size();
    ++calls;
  }
  std::erase_if(queue_, [](const CallRef& call) {
    return call->lane != nullptr || call->state() == Call::State::left;
  });
  lane.round_began = Deadline::Clock::now();
  // Those who come now wait for another round.
  if (gathering_->has_first) gathering_ = std::make_shared<Gathering>();
}

// False when there is nothing more to do for `own` here.
bool Combiner::Impl::advance(Lane& lane, Call& own) {
  if (own.lane != &lane) return false;
  try {
    if (!lane.connected()) lane.connect(options_, own.deadline);
    lane.step(own.deadline);
  } catch (const Error& error) {
    fail(lane, error);
  }
  return own.state() == Call::State::driving && !own.deadline.expired();
}

void Combiner::Impl::fail(Lane& lane, const Error& error) {
  const bool connecting = !lane.connected();
  const auto not_sent = lane.give_up(error);
  if (connecting && error.code() != ErrorCode::deadline_exceeded) {
    // Others would find the same.
    Call::finish(not_sent, error);
    fail_queued(error);
  } else {
    requeue(not_sent, connecting ? nullptr : &error);
  }
}

void Combiner::Impl::fail_queued(const Error& error) {
  std::vector<CallRef> failed;
  {
    const std::lock_guard lock(mutex_);
    failed.assign(queue_.begin(), queue_.end());
    queue_.clear();
  }
  Call::finish(failed, error);
}

// `lost`: why their connection was lost; null if it was not reached in its driver's time.
void Combiner::Impl::requeue(const std::vector<CallRef>& calls, const Error* lost) {
  const std::lock_guard lock(mutex_);
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    (*call)->lane = nullptr;
    (*call)->sent = false;
    if (lost != nullptr && ++(*call)->lost > most_lost) {
      Call::finish({&*call, 1}, *lost);
    } else {
      queue_.push_front(*call);
    }
  }
}

// Makes a caller that waits drive on.
void Combiner::Impl::hand_over(Lane& lane) {
  const std::lock_guard lock(mutex_);
  if (lane.grant_to_waiting()) return;
  // What is queued is another lane's to take when it is many callers'.
  const bool others = std::ranges::count(lanes_, true, &Lane::driven) > 1;
  if (!(others && crowded()) &&
      std::ranges::any_of(queue_, [&](auto& call) { return call->grant(lane); })) {
    return;
  }
  if (closed_) {
    lane.drop();
  } else {
    lane.check(bounds_.hung);
  }
  lane.driven = false;
}

void Combiner::Impl::close() noexcept {
  if (stamp_.inherited()) return;
  pool_.close();
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& lane : lanes_) {
    if (!lane.driven) lane.drop();
  }
}

Combiner::Combiner(const ConnectOptions& options, const CombinerOptions& bounds)
    : impl_(std::make_unique<Impl>(options, bounds)) {}

Combiner::~Combiner() = default;

Reply Combiner::command(const Command& command, Deadline deadline) {
  auto replies = pipeline({&command, 1}, deadline);
  replies.front().check();
  return std::move(replies.front());
}

std::vector<Reply> Combiner::pipeline(std::span<const Command> commands, Deadline deadline) {
  if (commands.empty()) return {};
  if (bytes_of(commands) >= impl_->bounds().alone_from_bytes) {
    return impl_->pool().acquire(deadline)->pipeline(commands, deadline);
  }
  return impl_->run(std::make_shared<Call>(encode(commands), commands.size(), deadline));
}

ConnectionPool& Combiner::pool() noexcept { return impl_->pool(); }

void Combiner::close() noexcept { impl_->close(); }

}  // namespace polystore::redis
