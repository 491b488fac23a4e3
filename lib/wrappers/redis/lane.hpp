#pragma once

#include "polystore/deadline.hpp"
#include "polystore/redis/wire.hpp"

#include "wrappers/redis/call.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace polystore::redis {

/// A connection of a Combiner with the calls that are under way on it. Threads: its driver's alone.
class Lane {
 public:
  using TimePoint = Deadline::Clock::time_point;

  [[nodiscard]] bool connected() const noexcept { return wire_ != nullptr; }
  /// Nothing is under way.
  [[nodiscard]] bool idle() const noexcept { return under_way_.empty() && added_.empty(); }
  /// Whether calls may be added: not while it waits to be given up.
  [[nodiscard]] bool takes_calls() const noexcept { return idle() || !retired(); }

  /// Gives up a connection that was lost, or said something unasked, while it was idle; and one
  /// that said nothing for `hung` while it owes answers, if nobody waits for them.
  void check(std::chrono::milliseconds hung);
  void connect(const ConnectOptions& options, Deadline deadline);

  void add(const CallRef& call);
  /// Sends and receives, waits for it once, and finishes the calls that are answered. Blocks until
  /// the deadline at most. Errors: as Wire::exchange.
  void step(Deadline deadline);

  /// Ends the calls whose answers wait for others'.
  void finish_answered() noexcept;

  /// Gives up the connection. The calls that were sent, in whole or in part, fail; the others come
  /// back, in order.
  std::vector<CallRef> give_up(const Error& error);
  /// Gives up the connection, and every call with this error.
  void abandon(const Error& error) noexcept;
  void drop() noexcept;

  /// Grants itself to the first caller that waits. False if none does.
  bool grant_to_waiting();

  // Guarded by the Combiner's mutex.
  bool driven = false;
  TimePoint round_began{};

 private:
  struct UnderWay {
    CallRef call;
    std::size_t begin = 0;  // in the stream of all bytes of this connection
  };

  // No more calls for this connection.
  [[nodiscard]] bool retired() const noexcept { return retired_ || (wire_ && wire_->superseded()); }
  void load();
  void send();
  bool receive();
  bool look_out();
  void distribute();

  std::unique_ptr<Wire> wire_;
  std::deque<UnderWay> under_way_;
  std::vector<CallRef> added_;  // not loaded yet
  std::string unsent_;          // from unsent_begin_ on
  std::size_t unsent_begin_ = 0;
  std::size_t sent_bytes_ = 0;  // of this connection's stream
  std::vector<Reply> received_;
  std::vector<CallRef> answered_;  // whose callers do not know yet
  bool swift_ = false;             // the last answer came soon after that
  TimePoint quiet_since_{};  // the last byte, or when something was asked of an idle connection
  bool retired_ = false;     // the server is the wrong one
};

}  // namespace polystore::redis
