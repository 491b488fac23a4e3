#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/epoch_port.hpp"
#include "ports/response_port.hpp"
#include "read/scope_table.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace polystore::read {

/// Under which key the response to a request is stored.
struct CurrentKey {
  ports::EntryKey key{};
  std::int64_t epoch = 0;  ///< All invalidations up to this one are in it.
};

/// What this process knows of the durable list of invalidations. Threads: all members from any;
/// entry_key and epoch take no lock.
/// Others' invalidations are heard of by their numbers (catch_up), or asked for (refresh). A number
/// above the list's means that the list was restored from a backup: then everything is invalidated,
/// under a number above that one, for what the list has forgotten can't be known (ADR 18).
class EpochBook {
 public:
  /// A number that is further above the list's was never one of it.
  static constexpr std::int64_t largest_loss = std::int64_t{1} << 40;

  explicit EpochBook(ports::EpochPort& epochs) noexcept : epochs_(epochs) {}
  EpochBook(const EpochBook&) = delete;
  EpochBook& operator=(const EpochBook&) = delete;
  /// Waits for a read that goes on, which ends when the port is closed, or within seconds.
  ~EpochBook() = default;

  /// The last invalidation that is known here, and so are all before it.
  [[nodiscard]] std::int64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }

  /// The key by what is known here. Where another process is known to have a higher epoch than the
  /// key has, catch up and ask anew.
  [[nodiscard]] CurrentKey entry_key(const CacheKey& key) const;

  /// Whether one of the scopes, by their hashes, is known to have been invalidated after `epoch`.
  [[nodiscard]] bool invalidated_since(std::span<const std::uint64_t> scopes,
                                       std::int64_t epoch) const noexcept;

  /// Reads what is new from the metadata store, unless all up to `at_least` is known already.
  /// Callers that come together share one read, but not its deadline: a read that its caller has
  /// no more time for goes on, on a thread of the book, and what was read of a long list need not
  /// be read again. Blocks until the deadline at most.
  /// Errors: those of the metadata store; data_loss for a number that can't be the list's.
  void catch_up(std::int64_t at_least, Deadline deadline);

  /// The same for all that was recorded before the call, by whatever number.
  void refresh(Deadline deadline);

  /// Records an invalidation durably and makes it known here. Its number, for other processes to
  /// hear. Blocks until the deadline at most. Errors: those of the metadata store; a retry is safe.
  std::int64_t invalidate(const Scope& scope, Deadline deadline);

  /// Makes an invalidation known here that was recorded by other means, if it is not yet.
  void note(const Scope& scope, std::int64_t epoch);

 private:
  // One read of the list, which several callers may wait for.
  struct Read {
    bool ended = false;
    std::optional<Error> error{};
  };
  using Lock = std::unique_lock<std::mutex>;

  void await_read(Lock& lock, Deadline deadline);
  void lead_read(Lock& lock, std::int64_t at_least, Deadline deadline);
  std::optional<Error> try_read(std::int64_t at_least, Deadline deadline);
  bool go_on_reading(std::int64_t at_least);
  void end_read(std::optional<Error> error);
  void read_list(std::int64_t at_least, Deadline deadline);
  std::int64_t invalidate_all(std::int64_t above, Deadline deadline);
  void publish(std::int64_t epoch) noexcept;

  ports::EpochPort& epochs_;
  ScopeTable table_;  // written under mutex_
  std::atomic<std::int64_t> epoch_{0};

  std::mutex mutex_;  // guards what follows; not held while the list is read
  std::condition_variable read_ended_;
  std::shared_ptr<Read> reading_;
  std::uint64_t begun_ = 0;    // reads
  std::uint64_t read_ok_ = 0;  // the last of them that succeeded
  std::int64_t read_to_ = 0;   // where the next one goes on
  std::jthread reader_;        // last: it uses the rest
};

}  // namespace polystore::read
