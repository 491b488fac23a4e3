#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/redis/reply.hpp"

#include "wrappers/redis/bell.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::redis {

class Lane;

/// Where callers wait that came while the lanes were busy. They are woken together: one wake-up of
/// many costs far less than many of one. The first of them, who most likely drives next, is woken
/// alone.
struct Gathering {
  Bell first;
  Bell others;
  bool has_first = false;  // guarded by the Combiner's mutex
};

/// What one caller of a Combiner asks. The caller and whoever drives the connection share it, since
/// the caller may leave before its answer comes.
class Call {
 public:
  enum class State : std::uint8_t { waiting, driving, done, left };

  Call(std::string encoded, std::size_t reply_count, Deadline end)
      : bytes(std::move(encoded)), replies_due(reply_count), deadline(end) {
    replies.reserve(replies_due);
  }

  const std::string bytes;
  const std::size_t replies_due;
  const Deadline deadline;

  std::vector<Reply> replies;              // the driver's; the caller's once it is done
  std::atomic<const Lane*> lane{nullptr};  // where it is under way; null while it is queued
  std::atomic<bool> sent{false};           // may be, from now on
  int lost = 0;  // connections that were lost before it was sent; guarded by the Combiner's mutex

  /// The caller's, before all else.
  void join(std::shared_ptr<Gathering> gathering, bool as_first) {
    gathering_ = std::move(gathering);
    is_first_ = as_first;
  }

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Makes the caller drive a lane. False if it does not wait.
  bool grant(Lane& granted) noexcept;
  /// The lane that it was granted.
  [[nodiscard]] Lane& granted() const noexcept { return *granted_; }
  /// The driver's, of its own call: to `waiting` or `left`. False if it is done.
  bool stop_driving(State next) noexcept { return change(State::driving, next); }
  /// The caller's. False if it is done, or was granted a lane.
  bool leave() noexcept { return change(State::waiting, State::left); }

  /// Waits until it is done or granted a lane, or until `end`. The state then.
  State wait(Deadline end) noexcept;

  /// Ends calls that were not left, and wakes their callers.
  static void finish(std::span<const std::shared_ptr<Call>> calls,
                     const std::optional<Error>& failure = std::nullopt) noexcept;

  /// The replies; throws its failure. Only when it is done.
  std::vector<Reply> result() {
    if (failure_) throw Error(*failure_);
    return std::move(replies);
  }

 private:
  bool change(State from, State to) noexcept { return state_.compare_exchange_strong(from, to); }

  std::shared_ptr<Gathering> gathering_;
  bool is_first_ = false;

  std::atomic<State> state_{State::waiting};
  // Of its finisher or granter, before it changes the state; then of the caller.
  Lane* granted_ = nullptr;
  std::optional<Error> failure_;
};

using CallRef = std::shared_ptr<Call>;

}  // namespace polystore::redis
