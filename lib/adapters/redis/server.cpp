#include "adapters/redis/server.hpp"

#include <string>
#include <utility>

namespace polystore::adapters::redis {

using polystore::redis::Command;
using polystore::redis::Reply;

// Error replies are replies here. What only reads is repeated once when its connection was lost.
std::vector<Reply> Server::exchange(Access access, Commands commands, Deadline deadline) {
  for (bool again = access == Access::read;; again = false) {
    const auto began = Deadline::Clock::now();
    try {
      auto replies = combiner_.pipeline(commands, deadline);
      state_.answered();
      return replies;
    } catch (const Error& error) {
      state_.failed(error, began);
      const bool lost =
          error.code() == ErrorCode::unavailable && error.outcome() == Outcome::unknown;
      if (!again || !lost || deadline.expired()) throw;
    }
  }
}

Reply Server::run_plain(Access access, const Command& command, Deadline deadline) {
  state_.require_there();
  auto replies = exchange(access, {&command, 1}, deadline);
  replies.front().check();
  return std::move(replies.front());
}

std::vector<Reply> Server::run(Access access, Commands commands, Deadline deadline) {
  state_.require(access);
  auto replies = exchange(access, commands, deadline);
  try {
    for (const auto& reply : replies) reply.check();
  } catch (const Error& error) {
    state_.refused(access, error);
    throw;
  }
  state_.succeeded(access);
  return replies;
}

std::vector<Reply> Server::run(Script::Kind kind, Commands commands, Deadline deadline) {
  if (kind == Script::Kind::optional) return run(Access::write, commands, deadline);
  auto replies = exchange(Access::write, commands, deadline);
  for (const auto& reply : replies) reply.check();
  return replies;
}

Reply Server::run_script(Script& script, std::span<const std::string_view> keys,
                         std::span<const std::string_view> arguments, Deadline deadline) {
  const std::string key_count = std::to_string(keys.size());
  const std::string digest = script.digest();
  Command command{"EVALSHA", digest, key_count};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  if (!digest.empty()) {
    try {
      return std::move(run(script.kind(), {&command, 1}, deadline).front());
    } catch (const Error& error) {
      if (error.native_code() != "NOSCRIPT") throw;
    }
  }
  command[0] = "EVAL";
  command[1] = script.text();
  const std::vector<Command> commands{{"SCRIPT", "LOAD", script.text()}, std::move(command)};
  auto replies = run(script.kind(), commands, deadline);
  script.learn(replies.front().text());
  return std::move(replies.back());
}

}  // namespace polystore::adapters::redis
