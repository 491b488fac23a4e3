#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/redis/endpoint.hpp"
#include "polystore/redis/handles.hpp"
#include "polystore/redis/options.hpp"
#include "polystore/redis/reply.hpp"
#include "polystore/redis/sentinels.hpp"
#include "polystore/redis/socket.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::redis {

/// A command and its arguments, any bytes. Borrowed for the length of a call.
using Command = std::vector<std::string_view>;

/// The arguments of one call, together.
inline constexpr std::size_t most_bytes_per_call = std::size_t{1} << 30;
/// One argument: the protocol's own end.
inline constexpr std::size_t most_argument_bytes = std::size_t{512} << 20;

/// Commands as they are sent. Pure. Errors: invalid_argument (too large).
[[nodiscard]] POLYSTORE_EXPORT std::string encode(std::span<const Command> commands);

/// The protocol over a socket, for those who do their own waiting: what goes in and what comes out
/// need not be in step. It does not remember failures. Threads: one at a time.
class POLYSTORE_EXPORT Wire {
 public:
  /// Connects, authenticates, selects the database and names the client, in one round trip.
  /// Blocks until `deadline` at most.
  /// Errors: unavailable, deadline_exceeded, access_denied, invalid_argument (no such database).
  /// Behind sentinels: to the master that they name, if it is one by its own account.
  [[nodiscard]] static std::unique_ptr<Wire> connect(const ConnectOptions& options,
                                                     Deadline deadline);

  /// Connects and says nothing. Blocks until `deadline` at most. Errors: unavailable,
  /// deadline_exceeded.
  [[nodiscard]] static std::unique_ptr<Wire> open(const Endpoint& server, Deadline deadline);

  /// Sends what the system takes now; 0 when it takes nothing. Never blocks.
  /// Errors: unavailable when the connection is lost.
  std::size_t send(std::string_view bytes);

  /// Waits until something can be received or, if asked for, sent. Neither: the deadline passed.
  [[nodiscard]] Socket::Ready wait(bool for_sending, Deadline deadline) const {
    return socket_.wait(for_sending, deadline);
  }

  /// Appends the replies that are complete with what is there now; false when nothing was. Never
  /// blocks. Errors: unavailable when the connection is lost, data_loss (not the protocol).
  bool receive(std::vector<Reply>& replies);

  /// Sends bytes and receives as many replies. Blocks until `deadline` at most. Errors:
  /// deadline_exceeded and unavailable, whose outcome() is unknown once a byte was sent; data_loss
  /// (not the protocol, or more replies). After an error it is of no more use.
  std::vector<Reply> exchange(std::string_view bytes, std::size_t replies, Deadline deadline);

  /// Ends the connection under a call that waits. From any thread; never blocks.
  void interrupt() const noexcept { socket_.shut_down(); }

  /// Whether sentinels have named another master since. Never waits.
  [[nodiscard]] bool superseded() const noexcept {
    return sentinels_ != nullptr && sentinels_->generation() != generation_;
  }

 private:
  Wire(const Endpoint& server, Deadline deadline);
  void greet(const ConnectOptions& options, Deadline deadline);
  void feed(std::span<const char> bytes, std::vector<Reply>& replies);

  Socket socket_;
  ReaderHandle reader_;
  std::shared_ptr<const Sentinels> sentinels_;  // if they named the server
  Sentinels::Generation generation_ = 0;
};

}  // namespace polystore::redis
