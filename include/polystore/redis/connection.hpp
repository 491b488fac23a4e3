#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/redis/options.hpp"
#include "polystore/redis/reply.hpp"
#include "polystore/redis/wire.hpp"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace polystore::redis {

/// One connection to a server, over a socket of our own with hiredis as the codec.
/// After a failure or a missed deadline it is broken: a late reply would be taken for the next
/// command's. Calls then throw `closed`, and healthy() is false.
/// Threads: one at a time. Fork: a child's calls throw `closed`.
class POLYSTORE_EXPORT Connection {
 public:
  /// Connects, authenticates, selects the database and names the client, in one round trip.
  /// Blocks until `deadline` at most.
  /// Errors: unavailable, deadline_exceeded, access_denied, invalid_argument (no such database).
  [[nodiscard]] static std::unique_ptr<Connection> connect(const ConnectOptions& options,
                                                           Deadline deadline);

  /// Runs a command. Blocks until `deadline` at most.
  /// Errors: the error reply's, by classify(); deadline_exceeded and unavailable, whose outcome()
  /// is unknown once a byte was sent; invalid_argument (too large); data_loss (not the protocol).
  Reply command(const Command& command, Deadline deadline);

  /// Runs commands in one round trip; one reply each, in order. Error replies are replies here.
  /// Errors: as command, but for error replies.
  std::vector<Reply> pipeline(std::span<const Command> commands, Deadline deadline);

  /// Sends a command whose reply next() takes. For subscriptions: what comes is more than was asked
  /// for, so command() and pipeline() are of no use after it. Blocks until `deadline` at most.
  /// Errors: as command.
  void post(const Command& command, Deadline deadline);
  /// The next reply or message, an error reply too. Nothing: the deadline passed; it is not broken
  /// by that. Errors: as command.
  [[nodiscard]] std::optional<Reply> next(Deadline deadline);

  /// Ends the connection: a call that waits fails with `unavailable`, and so do later ones. From
  /// any thread; never blocks.
  void interrupt() noexcept;

  /// Whether it can be used again: not broken, and nothing came that was not asked for. Never
  /// waits.
  [[nodiscard]] bool healthy() const noexcept;

  /// Whether sentinels have named another master since: it is not healthy then, though calls may
  /// still succeed, on a server that will lose what they wrote. Never waits.
  [[nodiscard]] bool superseded() const noexcept { return wire_->superseded(); }

 private:
  explicit Connection(std::unique_ptr<Wire> wire) noexcept : wire_(std::move(wire)) {}

  void require_usable() const;

  ForkStamp stamp_;
  std::unique_ptr<Wire> wire_;
  std::vector<Reply> unread_;  // what came and next() has not given, the last one first
  bool broken_ = false;
};

}  // namespace polystore::redis
