#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/deadline.hpp"

#include "ports/epoch_port.hpp"
#include "ports/response_port.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace polystore::read {

/// What this process knows of the durable list of invalidations. Threads: all members from any;
/// entry_key takes no lock that writers hold for long.
class EpochBook {
 public:
  explicit EpochBook(ports::EpochPort& epochs);
  EpochBook(const EpochBook&) = delete;
  EpochBook& operator=(const EpochBook&) = delete;
  ~EpochBook();

  /// The last invalidation that is known here.
  [[nodiscard]] std::int64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }

  /// Under which key the response to a request is stored, by what is known here.
  [[nodiscard]] ports::EntryKey entry_key(const CacheKey& key) const;

  /// Reads what is new from the metadata store, unless all up to `at_least` is known already.
  /// Callers that come together share one read. Blocks until the deadline at most.
  /// Errors: those of the metadata store.
  void catch_up(std::int64_t at_least, Deadline deadline);

  /// Records an invalidation durably and makes it known here. Its number.
  std::int64_t invalidate(const Scope& scope, Deadline deadline);

 private:
  struct Known;

  ports::EpochPort& epochs_;
  std::atomic<std::int64_t> epoch_{0};
  mutable std::mutex mutex_;            // guards known_
  std::shared_ptr<const Known> known_;  // replaced whole, never changed
};

}  // namespace polystore::read
