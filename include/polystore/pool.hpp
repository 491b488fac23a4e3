#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/fork_stamp.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace polystore {

/// Bounds of a Pool.
struct PoolOptions {
  std::size_t max_size = 8;            ///< Open objects at most, idle and leased. 1 to 10,000.
  std::size_t max_waiters = 1024;      ///< Callers that may wait; the next one gets `overloaded`.
  std::chrono::seconds max_age{1800};  ///< An object older than this is dropped when given back.
};

/// How many of its objects, and callers, are where at one moment.
struct PoolStats {
  std::size_t idle = 0;
  std::size_t leased = 0;
  std::size_t waiting = 0;
};

/// A bounded set of reusable objects, one user of each at a time.
///
/// Ownership: a Lease shares the pool's state, so it may outlive the pool; what it holds is then
/// dropped. Objects are made outside the lock, and a failed factory gives its place back.
/// After move: only destruction and assignment.
/// Threads: all members from any thread. After fork the child gets `closed`, never a session.
template <class T>
class Pool {
  struct State;

 public:
  /// Makes an object; throws Error; must end by the deadline.
  using Factory = std::function<std::unique_ptr<T>(Deadline)>;
  /// Says, without waiting, whether an object may be used again.
  using Healthy = std::function<bool(T&)>;

  /// Exclusive use of one object. Gives it back when destroyed, or drops it when not healthy.
  class Lease {
   public:
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept {
      if (this != &other) {
        give_back();
        state_ = std::move(other.state_);
        object_ = std::move(other.object_);
        born_ = other.born_;
      }
      return *this;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { give_back(); }

    T& operator*() const noexcept { return *object_; }
    T* operator->() const noexcept { return object_.get(); }

    /// Drops the object now instead of giving it back.
    void discard() noexcept {
      if (!state_) return;
      object_.reset();
      give_back();
    }

   private:
    friend class Pool;
    Lease(std::shared_ptr<State> state, std::unique_ptr<T> object,
          Deadline::Clock::time_point born) noexcept
        : state_(std::move(state)), object_(std::move(object)), born_(born) {}

    void give_back() noexcept;

    std::shared_ptr<State> state_;
    std::unique_ptr<T> object_;
    Deadline::Clock::time_point born_;
  };

  /// Opens nothing yet. Errors: invalid_argument when a bound is out of range.
  Pool(PoolOptions options, Factory factory, Healthy healthy)
      : state_(std::make_shared<State>(options, std::move(factory), std::move(healthy))) {
    if (options.max_size < 1 || options.max_size > 10'000) {
      throw_invalid_argument("pool", "max_size", "must be 1 to 10000");
    }
  }

  Pool(Pool&&) noexcept = default;
  /// Closes what was here before.
  Pool& operator=(Pool&& other) noexcept {
    if (this == &other) return *this;
    if (state_) close();
    state_ = std::move(other.state_);
    return *this;
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    if (state_) close();
  }

  /// Takes an idle object or makes one. Blocks until one is free, at most until `deadline`.
  /// Errors: deadline_exceeded (retryable), overloaded (retryable), closed, what the factory
  /// throws.
  [[nodiscard]] Lease acquire(Deadline deadline);

  /// Refuses new leases and drops idle objects. Never blocks; leased ones go when given back.
  void close() noexcept;

  [[nodiscard]] PoolStats stats() const;

 private:
  struct Idle {
    std::unique_ptr<T> object;
    Deadline::Clock::time_point born;
  };

  struct State {
    State(PoolOptions options, Factory factory, Healthy healthy)
        : options_(options), factory_(std::move(factory)), healthy_(std::move(healthy)) {
      idle_.reserve(options.max_size);
    }

    const PoolOptions options_;
    const Factory factory_;
    const Healthy healthy_;
    const ForkStamp stamp_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<Idle> idle_;   // guarded by mutex_; newest last, so that a quiet pool shrinks
    std::size_t open_ = 0;     // guarded by mutex_; idle and leased
    std::size_t waiting_ = 0;  // guarded by mutex_
    bool closed_ = false;      // guarded by mutex_

    void release_place() noexcept {
      {
        const std::lock_guard lock(mutex_);
        --open_;
      }
      freed_.notify_one();
    }
  };

  static Lease make(const std::shared_ptr<State>& state, Deadline deadline);

  std::shared_ptr<State> state_;
};

namespace detail {
[[noreturn]] POLYSTORE_EXPORT void throw_pool_error(ErrorCode code);
}  // namespace detail

template <class T>
typename Pool<T>::Lease Pool<T>::acquire(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  if (state->stamp_.inherited()) detail::throw_pool_error(ErrorCode::closed);
  for (;;) {
    Idle taken;
    {
      std::unique_lock lock(state->mutex_);
      const auto ready = [&] {
        return state->closed_ || !state->idle_.empty() || state->open_ < state->options_.max_size;
      };
      if (!ready()) {
        if (state->waiting_ >= state->options_.max_waiters) {
          detail::throw_pool_error(ErrorCode::overloaded);
        }
        ++state->waiting_;
        const bool in_time = state->freed_.wait_until(lock, deadline.time(), ready);
        --state->waiting_;
        if (!in_time) detail::throw_pool_error(ErrorCode::deadline_exceeded);
      }
      if (state->closed_) detail::throw_pool_error(ErrorCode::closed);
      if (state->idle_.empty()) {
        ++state->open_;
      } else {
        taken = std::move(state->idle_.back());
        state->idle_.pop_back();
      }
    }
    if (!taken.object) return make(state, deadline);
    if (state->healthy_(*taken.object)) {
      return Lease(state, std::move(taken.object), taken.born);
    }
    taken.object.reset();  // outside the lock: closing a session may take a system call
    state->release_place();
  }
}

template <class T>
typename Pool<T>::Lease Pool<T>::make(const std::shared_ptr<State>& state, Deadline deadline) {
  try {
    return Lease(state, state->factory_(deadline), Deadline::Clock::now());
  } catch (...) {
    state->release_place();
    throw;
  }
}

template <class T>
void Pool<T>::Lease::give_back() noexcept {
  const std::shared_ptr<State> state = std::exchange(state_, nullptr);
  if (!state) return;
  std::unique_ptr<T> object = std::move(object_);
  if (state->stamp_.inherited()) return;  // the pool's mutex may be held for ever in a child
  const bool young = Deadline::Clock::now() - born_ < state->options_.max_age;
  if (object && young && state->healthy_(*object)) {
    const std::lock_guard lock(state->mutex_);
    if (!state->closed_) {
      state->idle_.push_back({std::move(object), born_});
      state->freed_.notify_one();
      return;
    }
  }
  object.reset();
  state->release_place();
}

template <class T>
void Pool<T>::close() noexcept {
  if (state_->stamp_.inherited()) return;
  std::vector<Idle> dropped;
  {
    const std::lock_guard lock(state_->mutex_);
    state_->closed_ = true;
    dropped.swap(state_->idle_);
    state_->open_ -= dropped.size();
  }
  state_->freed_.notify_all();
}

template <class T>
PoolStats Pool<T>::stats() const {
  const std::lock_guard lock(state_->mutex_);
  return {.idle = state_->idle_.size(),
          .leased = state_->open_ - state_->idle_.size(),
          .waiting = state_->waiting_};
}

}  // namespace polystore
