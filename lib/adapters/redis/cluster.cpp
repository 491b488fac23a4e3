#include "adapters/redis/cluster.hpp"

#include "polystore/error.hpp"
#include "polystore/redis/connection.hpp"

#include "core/connect_first.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Connection;
using polystore::redis::Endpoint;

// The nodes are asked no more often than this, unless nothing is known.
constexpr std::chrono::milliseconds look_pause{100};

Error cluster_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .backend = Backend::redis,
                .retryable = code == ErrorCode::unavailable,
                .operation = "ask a cluster for its slots",
                .field = code == ErrorCode::unsupported ? "url" : "",
                .message = std::move(message)});
}

Error closed_error() { return cluster_error(ErrorCode::closed, "the connections were closed"); }

polystore::redis::ConnectOptions options_of(polystore::redis::ConnectOptions options,
                                            const Endpoint& node) {
  options.host = node.host;
  options.port = node.port;
  return options;
}

std::vector<polystore::redis::SlotRange> ask_for_slots(
    const polystore::redis::ConnectOptions& options, Deadline deadline) {
  const auto connection = Connection::connect(options, deadline);
  const polystore::redis::Command command{"CLUSTER", "SLOTS"};
  const auto replies = connection->pipeline({&command, 1}, deadline);
  const auto& reply = replies.front();
  if (reply.is_error() && reply.error().code() == ErrorCode::internal) {
    throw cluster_error(ErrorCode::unsupported,
                        "the server is not a node of a cluster; begin its URL with redis://");
  }
  reply.check();
  auto ranges = polystore::redis::read_slots(reply, {options.host, options.port});
  if (!ranges.empty()) return ranges;
  throw cluster_error(ErrorCode::unavailable,
                      "the node knows of nobody who has slots; is it part of the cluster?");
}

}  // namespace

Cluster::Cluster(const polystore::redis::ConnectOptions& options) : options_(options) {
  owners_.fill(nobody);
}

NodeRef Cluster::owner(Slot slot, Deadline deadline) {
  NodeRef owner = known_owner(slot);
  if (owner && !in_doubt_.load(std::memory_order_relaxed)) return owner;
  look(owner == nullptr, deadline);
  owner = known_owner(slot);
  if (owner) return owner;
  throw cluster_error(ErrorCode::unavailable, "no node of the cluster has the slot of the key now");
}

std::vector<NodeRef> Cluster::masters(Deadline deadline) {
  doubt();
  look(true, deadline);
  const std::lock_guard lock(mutex_);
  return nodes_;
}

// Asks the nodes in turn. Where it is not needed, others are not waited for, and failures are not
// told.
void Cluster::look(bool is_needed, Deadline deadline) {
  Lock turn(looking_, std::defer_lock);
  if (!is_needed) {
    if (!turn.try_lock()) return;
    const std::lock_guard lock(mutex_);
    if (Deadline::Clock::now() - looked_at_ < look_pause) return;
    looked_at_ = Deadline::Clock::now();
  }
  in_doubt_ = false;
  std::optional<Error> failure;
  const auto endpoints = whom_to_ask();
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    try {
      // One share more is for what the caller wants.
      const auto share = detail::share(deadline, endpoints.size() - i + 1);
      take(ask_for_slots(options_of(options_, endpoints[i]), share));
      note(endpoints[i], true);
      return;
    } catch (const Error& error) {
      note(endpoints[i], false);
      failure = error;
    }
  }
  in_doubt_ = true;
  if (!is_needed) return;
  ErrorInfo info = failure->info();
  info.outcome = Outcome::not_applied;
  throw Error(std::move(info));
}

// One after the other, since what a node that was cut off knows may be old; those that did not
// answer come last.
std::vector<Endpoint> Cluster::whom_to_ask() {
  std::vector<Asked> asked;
  const std::lock_guard lock(mutex_);
  if (closed_) throw closed_error();
  const auto add = [&](const Endpoint& endpoint) {
    if (std::ranges::find(asked, endpoint, &Asked::endpoint) != asked.end()) return;
    const auto before = std::ranges::find(asked_, endpoint, &Asked::endpoint);
    asked.push_back(before == asked_.end() ? Asked{.endpoint = endpoint} : *before);
  };
  for (const auto& node : nodes_) add({node->options.host, node->options.port});
  std::ranges::for_each(options_.cluster, add);
  std::ranges::stable_sort(
      asked, {}, [](const Asked& one) { return std::pair(one.failed_at, one.answered_at); });
  std::vector<Endpoint> endpoints;
  for (const auto& one : asked) endpoints.push_back(one.endpoint);
  asked_ = std::move(asked);
  return endpoints;
}

void Cluster::note(const Endpoint& asked, bool answered) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(asked_, asked, &Asked::endpoint);
  if (found == asked_.end()) return;
  const auto now = Deadline::Clock::now();
  found->failed_at = answered ? TimePoint() : now;
  if (answered) found->answered_at = now;
}

void Cluster::take(const std::vector<polystore::redis::SlotRange>& ranges) {
  std::vector<NodeRef> before;  // those that are no more are let go without the lock
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  before = nodes_;
  nodes_.clear();
  owners_.fill(nobody);
  for (const auto& range : ranges) {
    const Index index = place(range.master, before);
    std::fill(owners_.begin() + range.first, owners_.begin() + range.last + 1, index);
  }
}

NodeRef Cluster::node(const Endpoint& endpoint) {
  const std::lock_guard lock(mutex_);
  return nodes_[place(endpoint)];
}

void Cluster::moved(Slot slot, const Endpoint& owner) {
  doubt();  // others may have gone with it
  const std::lock_guard lock(mutex_);
  owners_.at(slot) = place(owner);
}

// With the lock. One that is new to nodes_ may be among `known`.
Cluster::Index Cluster::place(const Endpoint& endpoint, const std::vector<NodeRef>& known) {
  if (closed_) throw closed_error();
  const auto is_it = [&](const NodeRef& node) { return node->is_at(endpoint); };
  const auto found = std::ranges::find_if(nodes_, is_it);
  if (found != nodes_.end()) return static_cast<Index>(found - nodes_.begin());
  const auto kept = std::ranges::find_if(known, is_it);
  nodes_.push_back(kept != known.end() ? *kept
                                       : std::make_shared<Node>(options_of(options_, endpoint)));
  return static_cast<Index>(nodes_.size() - 1);
}

NodeRef Cluster::known_owner(Slot slot) const {
  const std::lock_guard lock(mutex_);
  if (closed_) throw closed_error();
  const Index index = owners_.at(slot);
  return index == nobody ? nullptr : nodes_[index];
}

std::uint64_t Cluster::owner_id(Slot slot) const {
  const std::lock_guard lock(mutex_);
  const Index index = owners_.at(slot);
  return index == nobody ? 0 : nodes_[index]->id;
}

void Cluster::close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& node : nodes_) node->combiner.close();
}

}  // namespace polystore::adapters::redis
