#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/deadline.hpp"

#include <cstdint>
#include <vector>

namespace polystore::ports {

/// The last invalidation of a scope.
struct ScopeEpoch {
  Scope scope = Scope::all();
  std::int64_t epoch = 0;
};

struct EpochChanges {
  std::int64_t epoch = 0;            ///< The last invalidation of any scope; 0 before the first.
  std::vector<ScopeEpoch> scopes{};  ///< In no order.
};

/// The durable list of invalidations. They are numbered from 1 without gaps, in the order of their
/// commits: who has read up to n has seen all up to n.
/// Threads: all members from any. Every member blocks until the deadline at most, and may be
/// repeated (a repeated invalidation is another one). Errors: unavailable, deadline_exceeded, …
class EpochPort {
 public:
  EpochPort() = default;
  EpochPort(const EpochPort&) = delete;
  EpochPort& operator=(const EpochPort&) = delete;
  virtual ~EpochPort() = default;

  /// Records an invalidation, durably. Its number.
  virtual std::int64_t invalidate_scope(const Scope& scope, Deadline deadline) = 0;

  /// The scopes that were invalidated after `epoch`, each with its last invalidation.
  virtual EpochChanges read_epochs(std::int64_t after, Deadline deadline) = 0;
};

}  // namespace polystore::ports
