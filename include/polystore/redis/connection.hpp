#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/redis/handles.hpp"
#include "polystore/redis/options.hpp"
#include "polystore/redis/reply.hpp"
#include "polystore/redis/socket.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace polystore::redis {

/// A command and its arguments, any bytes. Borrowed for the length of a call.
using Command = std::vector<std::string_view>;

/// One connection to a server, over a socket of our own with hiredis as the codec.
/// After a failure or a missed deadline it is broken: a late reply would be taken for the next
/// command's. Calls then throw `closed`, and healthy() is false.
/// Threads: one at a time. Fork: a child's calls throw `closed`.
class POLYSTORE_EXPORT Connection {
 public:
  /// The arguments of one call, together.
  static constexpr std::size_t most_bytes_per_call = std::size_t{1} << 30;
  /// One argument: the protocol's own end.
  static constexpr std::size_t most_argument_bytes = std::size_t{512} << 20;

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

  /// Whether it can be used again: not broken, and nothing came that was not asked for. Never
  /// waits.
  [[nodiscard]] bool healthy() const noexcept;

 private:
  Connection(const ConnectOptions& options, Deadline deadline);

  void require_usable() const;
  std::vector<Reply> exchange(std::string_view bytes, std::size_t replies, Deadline deadline);
  void receive(std::vector<Reply>& replies);

  ForkStamp stamp_;
  Socket socket_;
  ReaderHandle reader_;
  bool broken_ = false;
};

}  // namespace polystore::redis
