#include "adapters/redis/server.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Redirect;
using polystore::redis::Reply;
using polystore::redis::slot_of;

// How often sentinels are asked whether the server is still the master.
constexpr std::chrono::milliseconds between_looks{1000};
// So often a call is sent on to another node.
constexpr int most_redirects = 5;
// Between tries while the keys of a call are on two nodes.
constexpr std::chrono::milliseconds first_split_pause{5};
constexpr std::chrono::milliseconds longest_split_pause{50};

bool is_word(const Reply& reply, std::string_view word) {
  return reply.is_error() && reply.error().native_code() == word;
}

// Nothing was done, and the command belongs elsewhere, or can't be run yet.
bool goes_on(const Reply& reply) {
  return is_word(reply, "MOVED") || is_word(reply, "ASK") || is_word(reply, "TRYAGAIN");
}

}  // namespace

Server::Server(const polystore::redis::ConnectOptions& options)
    : options_(options),
      single_(options.cluster.empty() ? std::make_shared<Node>(options) : nullptr),
      cluster_(options.cluster.empty() ? nullptr : std::make_unique<Cluster>(options)) {}

std::uint64_t Server::generation(std::string_view key) const {
  if (cluster_) return cluster_->owner_id(slot_of(key));
  return options_.sentinels ? options_.sentinels->generation() : 0;
}

void Server::look_for_failover(Deadline deadline) const noexcept {
  if (!options_.sentinels) return;
  options_.sentinels->look_again(between_looks, deadline.within(between_looks));
}

// Error replies are replies here. What only reads is repeated once when its connection was lost.
Server::Answer Server::exchange(const Request& request, Commands commands, Deadline deadline) {
  Request now = request;
  for (bool again = request.access == Access::read;; again = false) {
    try {
      Answer answer{.node = single_};
      if (cluster_) answer.node = cluster_->owner(slot_of(now.key), deadline);
      answer.replies = exchange_with(*answer.node, now, commands, deadline);
      if (cluster_) follow(now, commands, answer, deadline);
      return answer;
    } catch (const Error& error) {
      const bool lost =
          error.code() == ErrorCode::unavailable && error.outcome() == Outcome::unknown;
      if (!again || !lost || deadline.expired()) throw;
      now.spared = Request::Unless::never;  // it was let through
    }
  }
}

std::vector<Reply> Server::exchange_with(Node& node, const Request& request, Commands commands,
                                         Deadline deadline) {
  if (request.spared == Request::Unless::away) node.state.require_there();
  if (request.spared == Request::Unless::refusing) node.state.require(request.access);
  const auto began = Deadline::Clock::now();
  try {
    auto replies = request.alone
                       ? node.combiner.pool().acquire(deadline)->pipeline(commands, deadline)
                       : node.combiner.pipeline(commands, deadline);
    node.state.answered();
    return replies;
  } catch (const Error& error) {
    if (!request.alone) node.state.failed(error, began);
    if (cluster_) cluster_->doubt();
    throw;
  }
}

// Sends what another node has to where it is, and what can't be run yet once more.
void Server::follow(const Request& request, Commands commands, Answer& answer, Deadline deadline) {
  auto pause = first_split_pause;
  for (int redirects = 0; redirects < most_redirects; ++redirects) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (goes_on(answer.replies[i])) left.push_back(i);
    }
    if (left.empty()) return;
    Step step;
    if (is_word(answer.replies[left.front()], "TRYAGAIN")) {
      if (deadline.remaining() < 2 * pause) return;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, longest_split_pause);
      step.node = cluster_->owner(slot_of(request.key), deadline);
      redirects = 0;
    } else {
      step = next_step(request, answer.replies[left.front()], *answer.node, deadline);
    }
    std::vector<Command> again;
    for (const std::size_t i : left) {
      if (step.asking) again.push_back({"ASKING"});
      again.push_back(commands[i]);
    }
    auto replies = exchange_with(*step.node, request, again, deadline);
    for (std::size_t i = 0; i < left.size(); ++i) {
      answer.replies[left[i]] = std::move(replies[step.asking ? 2 * i + 1 : i]);
    }
    answer.node = step.node;
  }
}

// `reply`: a redirection that this node gave.
Server::Step Server::next_step(const Request& request, const Reply& reply, const Node& node,
                               Deadline deadline) {
  const auto slot = slot_of(request.key);
  auto redirect = reply.redirect();
  if (!redirect) {  // to a server that the node can't name
    cluster_->doubt();
    return {.node = cluster_->owner(slot, deadline)};
  }
  if (redirect->server.host.empty()) redirect->server.host = node.options.host;
  if (redirect->kind == Redirect::Kind::moved) cluster_->moved(slot, redirect->server);
  return {.node = cluster_->node(redirect->server),
          .asking = redirect->kind == Redirect::Kind::ask};
}

Reply Server::run_plain(Access access, const Command& command, Deadline deadline) {
  auto answer = exchange({.key = command.at(1), .access = access, .spared = Request::Unless::away},
                         {&command, 1}, deadline);
  answer.replies.front().check();
  return std::move(answer.replies.front());
}

std::vector<Reply> Server::run(Access access, std::string_view key, Commands commands,
                               Deadline deadline) {
  auto answer = exchange({.key = key, .access = access, .spared = Request::Unless::refusing},
                         commands, deadline);
  try {
    for (const auto& reply : answer.replies) reply.check();
  } catch (const Error& error) {
    // Keys that are on two nodes say nothing of others.
    if (error.native_code() != "TRYAGAIN") answer.node->state.refused(access, error);
    throw;
  }
  answer.node->state.succeeded(access);
  return std::move(answer.replies);
}

std::vector<Reply> Server::run(Script::Kind kind, std::string_view key, Commands commands,
                               Deadline deadline) {
  if (kind == Script::Kind::optional) return run(Access::write, key, commands, deadline);
  auto answer = exchange({.key = key}, commands, deadline);
  for (const auto& reply : answer.replies) reply.check();
  return std::move(answer.replies);
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
      return std::move(run(script.kind(), keys.front(), {&command, 1}, deadline).front());
    } catch (const Error& error) {
      if (error.native_code() != "NOSCRIPT") throw;
    }
  }
  command[0] = "EVAL";
  command[1] = script.text();
  const std::vector<Command> commands{{"SCRIPT", "LOAD", script.text()}, std::move(command)};
  auto replies = run(script.kind(), keys.front(), commands, deadline);
  script.learn(replies.front().text());
  return std::move(replies.back());
}

std::vector<Reply> Server::run_alone(std::string_view key, Commands commands, Deadline deadline) {
  auto answer = exchange({.key = key, .alone = true}, commands, deadline);
  for (const auto& reply : answer.replies) reply.check();
  return std::move(answer.replies);
}

NodeRef Server::having(std::string_view key, Deadline deadline) {
  if (single_) return single_;
  const Command command{"EXISTS", key};
  (void)exchange({.key = key, .access = Access::read, .spared = Request::Unless::away},
                 {&command, 1}, deadline);
  return cluster_->owner(slot_of(key), deadline);
}

std::vector<NodeRef> Server::all(Deadline deadline) {
  if (single_) return {single_};
  return cluster_->masters(deadline);
}

void Server::close() noexcept {
  if (single_) single_->combiner.close();
  if (cluster_) cluster_->close();
}

}  // namespace polystore::adapters::redis
