#pragma once

#include "polystore/redis/combiner.hpp"

#include "adapters/redis/scripts.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace polystore::adapters::redis {

/// What the ports of one store share: the connections to their server.
/// Threads: all members from any.
class Server {
 public:
  explicit Server(const polystore::redis::ConnectOptions& options)
      : options_(options), combiner_(options) {}

  [[nodiscard]] const polystore::redis::ConnectOptions& options() const noexcept {
    return options_;
  }

  /// Runs commands in one round trip. Blocks until the deadline at most. Errors: as
  /// redis::Connection::command; the first error reply is thrown.
  std::vector<polystore::redis::Reply> run(std::span<const polystore::redis::Command> commands,
                                           Deadline deadline);
  polystore::redis::Reply run(const polystore::redis::Command& command, Deadline deadline);

  /// Runs a script, with its keys before its other arguments. Errors: as run.
  polystore::redis::Reply run_script(Script& script, std::span<const std::string_view> keys,
                                     std::span<const std::string_view> arguments,
                                     Deadline deadline);

  /// For what takes a connection of its own.
  polystore::redis::ConnectionPool& pool() noexcept { return combiner_.pool(); }

  void close() noexcept { combiner_.close(); }

 private:
  const polystore::redis::ConnectOptions options_;
  polystore::redis::Combiner combiner_;
};

}  // namespace polystore::adapters::redis
