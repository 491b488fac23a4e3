#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/cache_options.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/response_cache.hpp"

#include "ports/clock.hpp"
#include "ports/response_port.hpp"
#include "read/cache_counters.hpp"
#include "read/epoch_book.hpp"
#include "read/near_cache.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace polystore::read {

/// What is stored for a request.
struct Held {
  using TimePoint = Deadline::Clock::time_point;

  std::shared_ptr<const Response> response{};  ///< Null: a failure is remembered.
  ErrorCode failure = ErrorCode::internal;
  TimePoint fresh_until{};
  TimePoint stale_until{};
  Timestamp filled_at{};  ///< By its filler's clock: tells one filling from another.
};

struct Looked {
  ports::EntryKey entry{};  ///< The key by what was known at the time of the look-up,
  std::int64_t epoch = 0;   ///< all invalidations up to this one.
  std::optional<Held> held{};
};

/// Stored answers: the copies of this process, the response store, and which of both an
/// invalidation has ended. Agrees with the store on the last invalidation at every look-up.
/// Threads: any.
class AnswerStore final : public ports::ResponseListener {
 public:
  using TimePoint = Deadline::Clock::time_point;
  /// Hears that what is stored, or being made, under a key has changed; no key: anything may have.
  /// Must neither block nor throw.
  using OnChange = std::function<void(const ports::EntryKey* key)>;

  AnswerStore(ports::ResponsePort& port, EpochBook& epochs,
              std::shared_ptr<const ports::Clock> clock, const CacheOptions& options);

  /// Before all else, once. Never waits for a server.
  void start(const std::string& store_id, OnChange on_change);

  [[nodiscard]] TimePoint now() const noexcept { return clock_->steady_now(); }

  [[nodiscard]] CurrentKey current_key(const CacheKey& key) const { return epochs_.entry_key(key); }
  [[nodiscard]] ports::EntryKey entry_key(const CacheKey& key) const {
    return epochs_.entry_key(key).key;
  }

  /// The copy of this process, if it may be given: fresh, and nothing that could have changed it
  /// has been missed. Never blocks.
  [[nodiscard]] std::optional<NearEntry> near(const CacheKey& key) noexcept;

  /// Sees to it that entry_key is by all invalidations that were acknowledged. Seldom has to ask;
  /// blocks until the deadline at most then. Errors: those of the metadata store.
  void settle(const CacheKey& key, Deadline deadline);

  /// Blocks until the deadline at most. Errors: those of the response store, or of the metadata
  /// store where it has to be asked for invalidations: then nothing may be given.
  /// `account`: where later hits of this process's copy are counted.
  Looked look_up(const CacheKey& key, CacheCounters::Account account, Deadline deadline);

  /// What is to be stored for a request that was looked up before it was made, with its time to
  /// live, jitter applied. Nothing when an invalidation has made another key of it since: nobody
  /// would find it.
  [[nodiscard]] std::optional<ports::StoredResponse> pack(const CacheKey& key,
                                                          const CurrentKey& made_under,
                                                          const Held& held,
                                                          const CachePolicy& policy) const;

  /// Stores a response in place of what is there. Blocks as look_up. Errors as there.
  void store(const CacheKey& key, const Held& held, const CachePolicy& policy, Deadline deadline);

  /// When it returns no process gives what was stored. Errors: also deadline_exceeded.
  bool remove(const CacheKey& key, Deadline deadline);
  void invalidate(const Scope& scope, Deadline deadline);
  /// For an invalidation that was recorded elsewhere. Never waits for long; what fails here is made
  /// good by the next look-up of any process.
  void spread(std::int64_t epoch, Deadline deadline) noexcept;
  /// As EpochBook::forget.
  std::size_t forget_invalidations(std::chrono::milliseconds age, Deadline deadline);
  /// Before keys become what they were: no copy may be given any more.
  void drop_copies() noexcept { near_.clear(); }

  /// Entries within a scope; false in `complete` when the deadline came first.
  InvalidationReceipt count(const Scope& scope, Deadline deadline);

  [[nodiscard]] std::size_t near_size_bytes() const noexcept { return near_.size_bytes(); }

  void response_changed(const ports::EntryKey& key) noexcept override;
  void epoch_changed() noexcept override;
  void all_changed() noexcept override;

 private:
  [[nodiscard]] bool copies_valid(TimePoint at) const noexcept;
  void confirm(Deadline deadline);
  bool agree(std::int64_t known, const std::optional<std::int64_t>& told, Deadline deadline);
  [[nodiscard]] static std::optional<Held> unpack(const ports::StoredResponse& stored,
                                                  std::int64_t forgotten, TimePoint asked_at);

  void wait_for_leases(Deadline deadline) const;

  ports::ResponsePort& port_;
  EpochBook& epochs_;
  const std::shared_ptr<const ports::Clock> clock_;
  const CacheOptions options_;
  NearCache near_;
  OnChange on_change_;

  // Invalidations that were heard of, and how many of these the book is known to hold.
  std::atomic<std::uint64_t> heard_{0};
  std::atomic<std::uint64_t> settled_{0};

  // Where the response store is this process's alone, or does not answer, it can't tell of others'
  // invalidations: the metadata store is asked, at least once per near_lease.
  std::mutex confirming_;
  std::atomic<TimePoint::rep> confirmed_until_{0};
};

}  // namespace polystore::read
