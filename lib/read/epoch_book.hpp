#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/epoch_port.hpp"
#include "ports/response_port.hpp"
#include "read/scope_table.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace polystore::read {

/// Under which key the response to a request is stored.
struct CurrentKey {
  ports::EntryKey key{};
  std::int64_t epoch = 0;  ///< All invalidations up to this one are in it,
  /// but for those up to this one, which are forgotten: what was stored before may be invalid.
  std::int64_t forgotten = 0;
};

/// What this process knows of the durable list of invalidations. Threads: all members from any;
/// entry_key and epoch take no lock.
/// Others' invalidations are heard of by their numbers (catch_up), or asked for (refresh). A number
/// above the list's means that the list was restored from a backup: then everything is invalidated,
/// under a number above that one, for what the list has lost can't be known. An invalidation of
/// everything makes all before it void. The list may be told to forget what is old: that is one of
/// its numbers, too, so processes that know the same number have the same keys (ADR 18).
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

  /// Whether one of the scopes, by their hashes, is known to have been invalidated after `epoch`,
  /// or may have been, and that is forgotten.
  [[nodiscard]] bool invalidated_since(std::span<const std::uint64_t> scopes,
                                       std::int64_t epoch) const;

  /// What is called, with a lock held, before keys may become what they were before they were
  /// invalidated: it must let go of all that is known by keys in this process. It must not throw.
  void before_forgetting(std::function<void()> call);

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

  /// Has the list forget what was recorded `age` before `now`, and knows of that. How many
  /// invalidations went. Blocks until the deadline at most. Errors: those of the metadata store; a
  /// retry is safe.
  std::size_t forget(Timestamp now, std::chrono::milliseconds age, Deadline deadline);

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
  void publish(std::int64_t epoch, std::int64_t forgotten = 0);
  [[nodiscard]] CurrentKey key_now(const CacheKey& key) const;

  // Reads of the table and of these numbers that belong together; again while they change.
  template <class Read>
  auto consistently(Read&& read) const {
    for (;;) {
      const auto change = changes_.load(std::memory_order_acquire);
      auto result = read();
      // What was read was read with acquire, so this is read after it.
      if (change % 2 == 0 && changes_.load(std::memory_order_relaxed) == change) return result;
      std::this_thread::yield();
    }
  }

  ports::EpochPort& epochs_;
  ScopeTable table_;  // written under mutex_
  std::atomic<std::int64_t> epoch_{0};
  std::atomic<std::int64_t> forgotten_{0};
  std::atomic<std::uint64_t> changes_{0};  // odd while what readers see is changed all at once

  std::mutex mutex_;  // guards what follows; not held while the list is read
  std::condition_variable read_ended_;
  std::function<void()> before_forgetting_;
  std::shared_ptr<Read> reading_;
  std::uint64_t begun_ = 0;    // reads
  std::uint64_t read_ok_ = 0;  // the last of them that succeeded
  std::int64_t read_to_ = 0;   // where the next one goes on
  std::jthread reader_;        // last: it uses the rest
};

}  // namespace polystore::read
