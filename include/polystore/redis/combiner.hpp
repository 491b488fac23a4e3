#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/redis/options.hpp"
#include "polystore/redis/pool.hpp"
#include "polystore/redis/reply.hpp"
#include "polystore/redis/wire.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace polystore::redis {

/// Bounds of a Combiner.
struct CombinerOptions {
  /// Up to so many callers at once have a connection each; more share one, in turn. One more is
  /// there for when that one does not answer.
  std::size_t connections = 16;
  /// What goes in one write.
  std::size_t most_calls = 256;
  std::size_t most_bytes = std::size_t{256} << 10;
  /// Calls with arguments of this size or more get a connection to themselves.
  std::size_t alone_from_bytes = std::size_t{64} << 10;
  /// After so long without an answer on the shared connection, new calls take another.
  std::chrono::milliseconds overdue{5};
  /// A connection that owes nothing but answers that nobody waits for any more is given up after
  /// so long without a byte.
  std::chrono::milliseconds hung{100};
};

/// Lets many concurrent callers share a connection: what they ask while others' answers are under
/// way goes together, in one write, and is answered in few reads. There is no thread for it: one of
/// the callers drives the connection until its own answer is there and passes it on, so a lone
/// caller pays no switch. (Hendler, Incze, Shavit, Tzafrir, "Flat Combining and the
/// Synchronization-Parallelism Tradeoff", SPAA 2010.)
///
/// A caller whose deadline passes leaves: the others' answers still come, in order. A lost
/// connection fails what was sent on it, with outcome() unknown; what was not goes on a new one.
/// Threads: all members from any, but construction and destruction. Fork: a child's calls throw
/// `closed`.
class POLYSTORE_EXPORT Combiner {
 public:
  /// Opens nothing yet. Errors: those of make_pool.
  explicit Combiner(const ConnectOptions& options, const CombinerOptions& bounds = {});
  Combiner(const Combiner&) = delete;
  Combiner& operator=(const Combiner&) = delete;
  /// Nobody may be in a call.
  ~Combiner();

  /// Runs a command. Blocks until `deadline` at most. Errors: as Connection::command, and closed.
  Reply command(const Command& command, Deadline deadline);

  /// Runs commands, one after the other but not as a transaction, in one round trip: as
  /// Connection::pipeline.
  std::vector<Reply> pipeline(std::span<const Command> commands, Deadline deadline);

  /// Connections for what should not hold up others. They count for themselves.
  [[nodiscard]] ConnectionPool& pool() noexcept;

  /// Refuses new calls; those under way go on to their ends. Never blocks for long.
  void close() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace polystore::redis
