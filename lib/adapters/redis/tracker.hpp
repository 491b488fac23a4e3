#pragma once

#include "polystore/deadline.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/redis/connection.hpp"

#include "adapters/redis/keys.hpp"
#include "adapters/redis/server.hpp"
#include "ports/response_port.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace polystore::adapters::redis {

/// Hears of every change of a store's values and epoch, whoever makes it, on one connection of its
/// own, by the server's invalidation messages ("CLIENT TRACKING … BCAST"): pushed, where hiredis
/// and the server know RESP3, else (RESP2) sent to a channel to which this connection subscribes.
/// The server sends them in order with its answers to PING, so an answer proves that all earlier
/// changes were heard of. All of a store's values are in one slot; in a cluster, before each PING,
/// a look for a key that is not there shows that the node has that slot, and whole: it answers ASK
/// while keys are on their way to another. Threads: all members from any, but start, which comes
/// first. Fork: in a child nothing is heard, and copies are never valid.
class Tracker {
 public:
  using Clock = Deadline::Clock;

  Tracker(std::shared_ptr<Server> server, std::chrono::milliseconds near_lease)
      : server_(std::move(server)), near_lease_(near_lease), keys_("") {}
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;
  /// Closes, and waits for the thread: a second at most.
  ~Tracker();

  /// Starts the thread, once. Never waits for the server.
  void start(const Keys& keys, ports::ResponseListener& listener);

  /// As ResponsePort::copies_valid_until.
  [[nodiscard]] Clock::time_point valid_until() const noexcept {
    if (stamp_.inherited()) return Clock::time_point();
    return Clock::time_point(Clock::duration(valid_until_.load(std::memory_order_acquire)));
  }

  /// After it the listener is called no more. Never waits for the server.
  void close() noexcept;

 private:
  void run();
  void run_session();
  void subscribe(polystore::redis::Connection& connection) const;
  void follow(polystore::redis::Connection& connection);
  [[nodiscard]] bool take(const polystore::redis::ReplyView& message, Clock::time_point asked_at);
  void take_changes(const polystore::redis::ReplyView& names);
  void set_valid_until(Clock::time_point end);
  void end_session();
  [[nodiscard]] bool pause(std::chrono::microseconds span);

  // Calls the listener, unless closed.
  template <class Call>
  void tell(Call call) {
    const std::lock_guard lock(mutex_);
    if (!closed_) call(*listener_);
  }

  const std::shared_ptr<Server> server_;
  const std::chrono::milliseconds near_lease_;
  const ForkStamp stamp_;
  std::atomic<Clock::rep> valid_until_{0};
  Keys keys_;                                    // set by start
  ports::ResponseListener* listener_ = nullptr;  // set by start

  // The thread's own.
  bool subscribed_ = false;
  bool answered_ = false;

  std::mutex mutex_;  // guards the rest, and is held while the listener is called
  std::condition_variable closing_;
  bool closed_ = false;
  std::unique_ptr<polystore::redis::Connection> connection_;
  std::unique_ptr<polystore::redis::Connection> looks_;  // in a cluster
  std::thread thread_;
};

}  // namespace polystore::adapters::redis
