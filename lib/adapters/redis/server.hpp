#pragma once

#include "polystore/redis/combiner.hpp"

#include "adapters/redis/scripts.hpp"
#include "adapters/redis/server_state.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace polystore::adapters::redis {

/// What the ports of one store share: the connections to their server, and what is known of it.
/// Threads: all members from any.
class Server {
 public:
  using Commands = std::span<const polystore::redis::Command>;
  using Reply = polystore::redis::Reply;

  explicit Server(const polystore::redis::ConnectOptions& options)
      : options_(options), combiner_(options) {}

  [[nodiscard]] const polystore::redis::ConnectOptions& options() const noexcept {
    return options_;
  }

  /// Grows when another server takes the place of the one that has the stored responses.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return options_.sentinels ? options_.sentinels->generation() : 0;
  }

  /// Runs a command for a plain response. Blocks until the deadline at most. Errors: as
  /// redis::Connection::command; unavailable, at once, while the server is away.
  Reply run_plain(Access access, const polystore::redis::Command& command, Deadline deadline);

  /// Runs commands in one round trip; the first error reply is thrown. Blocks until the deadline at
  /// most. Errors: as run_plain; unavailable, at once, also while the server refuses such commands.
  std::vector<Reply> run(Access access, Commands commands, Deadline deadline);

  /// Runs a script that writes, with its keys before its other arguments. Errors: as run; one that
  /// insists is always tried.
  Reply run_script(Script& script, std::span<const std::string_view> keys,
                   std::span<const std::string_view> arguments, Deadline deadline);

  /// For what takes a connection of its own.
  polystore::redis::ConnectionPool& pool() noexcept { return combiner_.pool(); }

  void close() noexcept { combiner_.close(); }

 private:
  std::vector<Reply> run(Script::Kind kind, Commands commands, Deadline deadline);
  std::vector<Reply> exchange(Access access, Commands commands, Deadline deadline);

  const polystore::redis::ConnectOptions options_;
  polystore::redis::Combiner combiner_;
  ServerState state_;
};

}  // namespace polystore::adapters::redis
