#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include <chrono>
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
  std::int64_t epoch = 0;            ///< The last number; 0 before the first.
  std::vector<ScopeEpoch> scopes{};  ///< Ascending by epoch.
  /// Up to this number the list has forgotten all invalidations but the last one of everything.
  std::int64_t forgotten = 0;
};

/// What forget_epochs may remove.
struct ForgetParams {
  Timestamp now{};
  std::chrono::milliseconds age{};  ///< Of what goes, at least. Above zero.
  std::size_t most = 1000;          ///< At once. At least 1.
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

  /// Removes the oldest invalidations: those that were recorded `age` ago, as far as earlier calls
  /// noted when, and those before the last one of everything, which stays. How many went; where
  /// any did, that has a number of its own. Times are the callers' and need not agree: what a
  /// process has made of the list depends on numbers alone.
  virtual std::size_t forget_epochs(const ForgetParams& params, Deadline deadline) = 0;
};

}  // namespace polystore::ports
