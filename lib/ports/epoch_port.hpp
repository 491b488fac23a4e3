#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/deadline.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace polystore::ports {

/// The last invalidation of a scope.
struct ScopeEpoch {
  std::uint64_t scope = 0;  ///< Scope::hash().
  std::int64_t epoch = 0;

  friend bool operator==(const ScopeEpoch&, const ScopeEpoch&) = default;
};

struct EpochChanges {
  std::int64_t epoch = 0;            ///< The last invalidation of any scope; 0 before the first.
  std::vector<ScopeEpoch> scopes{};  ///< Ascending by epoch.
};

/// The durable list of invalidations. They are numbered in the order of their commits, from 1, and
/// without gaps but those that `above` makes: who has read up to n has seen all up to n.
/// Threads: all members from any. Every member blocks until the deadline at most, and may be
/// repeated (a repeated invalidation is another one). Errors: unavailable, deadline_exceeded, …
class EpochPort {
 public:
  EpochPort() = default;
  EpochPort(const EpochPort&) = delete;
  EpochPort& operator=(const EpochPort&) = delete;
  virtual ~EpochPort() = default;

  /// Records an invalidation, durably. Its number: the next one, or where `above` is no lower, the
  /// one after `above`, for a list that lost numbers which others remember.
  virtual std::int64_t invalidate_scope(const Scope& scope, std::int64_t above,
                                        Deadline deadline) = 0;

  /// The scopes whose last invalidation came after `after`, oldest first, at most `limit`, and the
  /// last number: all of one moment. Fewer than `limit` are all there are.
  virtual EpochChanges read_epochs(std::int64_t after, std::size_t limit, Deadline deadline) = 0;
};

}  // namespace polystore::ports
