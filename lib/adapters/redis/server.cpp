#include "adapters/redis/server.hpp"

#include <string>
#include <utility>

namespace polystore::adapters::redis {

using polystore::redis::Command;
using polystore::redis::Reply;

std::vector<Reply> Server::run(std::span<const Command> commands, Deadline deadline) {
  auto replies = combiner_.pipeline(commands, deadline);
  for (const auto& reply : replies) reply.check();
  return replies;
}

Reply Server::run(const Command& command, Deadline deadline) {
  return std::move(run({&command, 1}, deadline).front());
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
      return run(command, deadline);
    } catch (const Error& error) {
      if (error.native_code() != "NOSCRIPT") throw;
    }
  }
  command[0] = "EVAL";
  command[1] = script.text();
  const std::vector<Command> commands{{"SCRIPT", "LOAD", script.text()}, std::move(command)};
  auto replies = run(commands, deadline);
  script.learn(replies.front().text());
  return std::move(replies.back());
}

}  // namespace polystore::adapters::redis
