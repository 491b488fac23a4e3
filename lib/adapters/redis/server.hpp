#pragma once

#include "polystore/redis/slots.hpp"

#include "adapters/redis/cluster.hpp"
#include "adapters/redis/node.hpp"
#include "adapters/redis/scripts.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace polystore::adapters::redis {

/// What the ports of one store share: the connections to their server, or to the nodes of a
/// cluster, and what is known of them. Commands that go together have keys of one slot. Threads:
/// all members from any.
class Server {
 public:
  using Command = polystore::redis::Command;
  using Commands = std::span<const Command>;
  using Reply = polystore::redis::Reply;

  explicit Server(const polystore::redis::ConnectOptions& options);

  [[nodiscard]] const polystore::redis::ConnectOptions& options() const noexcept {
    return options_;
  }

  /// Changes when another server takes the place of the one that has a key; 0 before the first.
  [[nodiscard]] std::uint64_t generation(std::string_view key) const;

  /// Asks the sentinels, if there are any, whether another is the master by now; about once a
  /// second, however often it is called. For those that use the server all the time: the others
  /// learn it by them. Blocks until the deadline, and no longer than a second. Never throws.
  void look_for_failover(Deadline deadline) const noexcept;

  /// Runs a command for a plain response, whose key is the first argument. Blocks until the
  /// deadline at most. Errors: as redis::Connection::command; unavailable, at once, while the
  /// server is away.
  Reply run_plain(Access access, const Command& command, Deadline deadline);

  /// Runs commands in one round trip; the first error reply is thrown. Blocks until the deadline at
  /// most. Errors: as run_plain; unavailable, at once, also while the server refuses such commands.
  std::vector<Reply> run(Access access, std::string_view key, Commands commands, Deadline deadline);

  /// Runs a script that writes, with its keys before its other arguments. Errors: as run; one that
  /// insists is always tried.
  Reply run_script(Script& script, std::span<const std::string_view> keys,
                   std::span<const std::string_view> arguments, Deadline deadline);

  /// Runs commands in one round trip on a connection of their own, also on a server that was away;
  /// the first error reply is thrown. Blocks until the deadline at most. Errors: as
  /// redis::Connection::command.
  std::vector<Reply> run_alone(std::string_view key, Commands commands, Deadline deadline);

  /// The server that has a key, by its own account. Errors: as run_plain.
  NodeRef having(std::string_view key, Deadline deadline);
  /// All of them. Errors: as run_plain.
  std::vector<NodeRef> all(Deadline deadline);

  void close() noexcept;

 private:
  // What is asked for, and of whom.
  struct Request {
    enum class Unless : std::uint8_t { never, away, refusing };

    std::string_view key{};
    Access access = Access::write;
    Unless spared = Unless::never;
    bool alone = false;  // on a connection of its own
  };
  struct Answer {
    NodeRef node{};
    std::vector<Reply> replies{};
  };
  // Where commands go next.
  struct Step {
    NodeRef node{};
    bool asking = false;
  };

  Answer exchange(const Request& request, Commands commands, Deadline deadline);
  std::vector<Reply> exchange_with(Node& node, const Request& request, Commands commands,
                                   Deadline deadline);
  void follow(const Request& request, Commands commands, Answer& answer, Deadline deadline);
  Step next_step(const Request& request, const Reply& reply, const Node& node, Deadline deadline);
  std::vector<Reply> run(Script::Kind kind, std::string_view key, Commands commands,
                         Deadline deadline);

  const polystore::redis::ConnectOptions options_;
  const NodeRef single_;                    // null where there is a cluster
  const std::unique_ptr<Cluster> cluster_;  // null where there is none
};

}  // namespace polystore::adapters::redis
