#pragma once

#include "polystore/deadline.hpp"
#include "polystore/redis/options.hpp"
#include "polystore/redis/slots.hpp"

#include "adapters/redis/node.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace polystore::adapters::redis {

/// The masters of a cluster, and which has which slots, as far as is known. Nothing is asked before
/// the first call. Threads: all members from any.
class Cluster {
 public:
  using Endpoint = polystore::redis::Endpoint;
  using Slot = polystore::redis::Slot;

  /// `options.cluster`: nodes to ask first.
  explicit Cluster(const polystore::redis::ConnectOptions& options);

  /// Who has a slot. Asks the nodes when it is not known, or in doubt. Blocks until the deadline at
  /// most. Errors: unavailable (also: nobody has it), deadline_exceeded, access_denied, unsupported
  /// (no cluster), closed.
  NodeRef owner(Slot slot, Deadline deadline);

  /// The node at an endpoint. Errors: closed.
  NodeRef node(const Endpoint& endpoint);

  /// A node told who has a slot.
  void moved(Slot slot, const Endpoint& owner);

  /// What is known may not hold any more: the next call asks, though not all the time.
  void doubt() noexcept { in_doubt_ = true; }

  /// Of the node that was last known to have a slot; 0: it is not known.
  [[nodiscard]] std::uint64_t owner_id(Slot slot) const;

  /// All masters that have slots. Blocks and throws as owner.
  std::vector<NodeRef> masters(Deadline deadline);

  /// Ends sessions. Later calls throw `closed`.
  void close() noexcept;

 private:
  using Index = std::uint16_t;
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = Deadline::Clock::time_point;

  struct Asked {
    Endpoint endpoint{};
    TimePoint answered_at{};
    TimePoint failed_at{};  // if it did not answer last
  };
  static constexpr Index nobody = 0xFFFF;

  void look(bool is_needed, Deadline deadline);
  [[nodiscard]] std::vector<Endpoint> whom_to_ask();
  void note(const Endpoint& asked, bool answered);
  void take(const std::vector<polystore::redis::SlotRange>& ranges);
  Index place(const Endpoint& endpoint, const std::vector<NodeRef>& known = {});
  [[nodiscard]] NodeRef known_owner(Slot slot) const;

  const polystore::redis::ConnectOptions options_;
  std::atomic<bool> in_doubt_{true};
  std::mutex looking_;  // held by whoever asks for the others too

  mutable std::mutex mutex_;  // guards the rest
  bool closed_ = false;
  TimePoint looked_at_{};
  std::vector<Asked> asked_;
  std::vector<NodeRef> nodes_;
  std::array<Index, polystore::redis::slot_count> owners_{};  // of each slot: an index of nodes_
};

}  // namespace polystore::adapters::redis
