#include "read/answer_store.hpp"

#include "polystore/limits.hpp"

#include "read/expiry.hpp"
#include "support/random.hpp"
#include "values/envelope.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace polystore::read {
namespace {

using std::chrono::milliseconds;

// Look-ups that find the response store to know a later invalidation ask again under the new key.
// More than one in that time is rare.
constexpr int rounds = 4;

Error disagreement() {
  return Error({.code = ErrorCode::unavailable,
                .retryable = true,
                .operation = "look up a response",
                .message = "invalidations come faster than they are read; try again"});
}

}  // namespace

AnswerStore::AnswerStore(ports::ResponsePort& port, EpochBook& epochs,
                         std::shared_ptr<const ports::Clock> clock, const CacheOptions& options)
    : port_(port),
      epochs_(epochs),
      clock_(std::move(clock)),
      options_(options),
      near_(options.near_bytes) {}

void AnswerStore::start(const std::string& store_id, OnChange on_change) {
  on_change_ = std::move(on_change);
  port_.start(store_id, *this);
}

bool AnswerStore::copies_valid(TimePoint at) const noexcept {
  if (!port_.spans_processes()) {
    return at.time_since_epoch().count() < confirmed_until_.load(std::memory_order_acquire);
  }
  return at < port_.copies_valid_until() &&
         heard_.load(std::memory_order_acquire) == settled_.load(std::memory_order_acquire);
}

std::optional<NearEntry> AnswerStore::near(const CacheKey& key) noexcept {
  if (options_.near_bytes == 0) return std::nullopt;
  const TimePoint at = now();
  if (!copies_valid(at)) return std::nullopt;
  auto entry = near_.find(entry_key(key));
  if (entry && at >= entry->fresh_until) entry.reset();
  return entry;
}

Looked AnswerStore::look_up(const CacheKey& key, CacheCounters::Account account,
                            Deadline deadline) {
  if (!port_.spans_processes()) confirm(deadline);
  for (int round = 0; round < rounds; ++round) {
    const auto heard = heard_.load(std::memory_order_acquire);
    const CurrentKey current = epochs_.entry_key(key);
    Looked looked{.entry = current.key, .epoch = current.epoch};
    const auto ticket = near_.begin_fill(looked.entry);
    const TimePoint asked_at = now();
    const auto found = port_.look_up(looked.entry, deadline);
    if (!agree(current.epoch, found.epoch, deadline)) continue;
    auto settled = settled_.load(std::memory_order_relaxed);
    while (settled < heard &&
           !settled_.compare_exchange_weak(settled, heard, std::memory_order_release)) {
    }
    if (found.stored) looked.held = unpack(*found.stored, current.forgotten, asked_at);
    if (looked.held && looked.held->response && options_.near_bytes > 0) {
      near_.insert(looked.entry,
                   {.response = looked.held->response,
                    .fresh_until = looked.held->fresh_until,
                    .stale_until = looked.held->stale_until,
                    .account = account,
                    .filled_at = looked.held->filled_at},
                   ticket);
    }
    return looked;
  }
  throw disagreement();
}

void AnswerStore::settle(const CacheKey& key, Deadline deadline) {
  if (port_.spans_processes()) {
    if (heard_.load(std::memory_order_acquire) == settled_.load(std::memory_order_acquire)) return;
    try {
      (void)look_up(key, CacheCounters::others, deadline);
      return;
    } catch (const Error&) {
      // The metadata store knows as well, and is asked more rarely.
    }
  }
  confirm(deadline);
}

// Asks the metadata store, unless it was asked in the last half of a lease. Callers that come while
// one asks go on with what is known, as long as that is younger than a lease.
void AnswerStore::confirm(Deadline deadline) {
  const auto lease = Deadline::Clock::duration(options_.near_lease);
  const auto due = [&](Deadline::Clock::duration ahead) {
    return (now() + ahead).time_since_epoch().count() >=
           confirmed_until_.load(std::memory_order_acquire);
  };
  if (!due(lease / 2)) return;
  std::unique_lock lock(confirming_, std::try_to_lock);
  if (!lock) {
    if (!due({})) return;
    lock.lock();
    if (!due(lease / 2)) return;
  }
  const TimePoint asked_at = now();
  epochs_.refresh(deadline);
  if (!port_.spans_processes()) port_.advance_epoch(epochs_.epoch(), deadline);
  confirmed_until_.store((asked_at + lease).time_since_epoch().count(), std::memory_order_release);
}

// Whether a key that was made knowing the invalidations up to `known` holds for a response store
// that was told of those up to `told`. Else all are known here now.
bool AnswerStore::agree(std::int64_t known, const std::optional<std::int64_t>& told,
                        Deadline deadline) {
  if (told == known) return true;
  if (!told) {
    epochs_.refresh(deadline);  // a store that lost its memory may have been told more
  } else if (*told > known) {
    epochs_.catch_up(*told, deadline);
    return false;
  }
  port_.advance_epoch(epochs_.epoch(), deadline);
  return epochs_.epoch() == known;
}

// What was made before an invalidation that is forgotten may be what that one was meant for.
std::optional<Held> AnswerStore::unpack(const ports::StoredResponse& stored, std::int64_t forgotten,
                                        TimePoint asked_at) {
  auto envelope = values::decode_envelope(stored.envelope);
  if (!envelope || envelope->epoch < forgotten) return std::nullopt;
  const TimePoint end = asked_at + stored.remaining;
  return Held{.response = std::move(envelope->response),
              .failure = envelope->failure,
              .fresh_until = end - envelope->stale_for,
              .stale_until = end,
              .filled_at = envelope->filled_at};
}

std::optional<ports::StoredResponse> AnswerStore::pack(const CacheKey& key,
                                                       const CurrentKey& made_under,
                                                       const Held& held,
                                                       const CachePolicy& policy) const {
  if (entry_key(key) != made_under.key) return std::nullopt;
  const bool failed = held.response == nullptr;
  const milliseconds ttl = failed
                               ? policy.negative_ttl
                               : jittered(policy.ttl, policy.ttl_jitter, support::uniform_random());
  const milliseconds stale_for = failed ? milliseconds(0) : policy.stale_for;
  const values::Envelope envelope{.response = held.response,
                                  .failure = held.failure,
                                  .stale_for = stale_for,
                                  .scopes = {key.scopes().begin(), key.scopes().end()},
                                  .epoch = made_under.epoch,
                                  .filled_at = clock_->system_now()};
  return ports::StoredResponse{
      .envelope = values::encode_envelope(envelope, options_.compress_from_bytes),
      .remaining = ttl + stale_for};
}

void AnswerStore::store(const CacheKey& key, const Held& held, const CachePolicy& policy,
                        Deadline deadline) {
  for (int round = 0; round < rounds; ++round) {
    // Under the key that look-ups of all processes use: first learn what was invalidated.
    const Looked looked = look_up(key, CacheCounters::others, deadline);
    const auto stored = pack(key, {.key = looked.entry, .epoch = looked.epoch}, held, policy);
    if (!stored) continue;
    port_.store(looked.entry, *stored, deadline);
    near_.erase(looked.entry);
    return;
  }
  throw disagreement();
}

bool AnswerStore::remove(const CacheKey& key, Deadline deadline) {
  const Looked looked = look_up(key, CacheCounters::others, deadline);
  const bool found = port_.remove(looked.entry, deadline);
  response_changed(looked.entry);
  if (port_.spans_processes()) wait_for_leases(deadline);
  return found;
}

void AnswerStore::invalidate(const Scope& scope, Deadline deadline) {
  const std::int64_t epoch = epochs_.invalidate(scope, deadline);
  epoch_changed();
  try {
    port_.advance_epoch(epoch, deadline);
  } catch (const Error& error) {
    // It is recorded, and reaches the others when they next ask the metadata store.
    ErrorInfo info = error.info();
    info.outcome = Outcome::unknown;
    throw Error(std::move(info));
  }
  wait_for_leases(deadline);
}

void AnswerStore::spread(std::int64_t epoch, Deadline deadline) noexcept {
  try {
    epochs_.catch_up(epoch, deadline);
    port_.advance_epoch(epoch, deadline);
  } catch (const Error&) {
    epoch_changed();  // no copy is given until a look-up has agreed with the store
  }
}

std::size_t AnswerStore::forget_invalidations(std::chrono::milliseconds age, Deadline deadline) {
  const std::size_t forgotten = epochs_.forget(clock_->system_now(), age, deadline);
  if (forgotten > 0) spread(epochs_.epoch(), deadline);
  return forgotten;
}

// Copies elsewhere are given for a lease after the last change that their process surely heard of.
void AnswerStore::wait_for_leases(Deadline deadline) const {
  if (deadline.remaining() < options_.near_lease) {
    throw Error({.code = ErrorCode::deadline_exceeded,
                 .outcome = Outcome::unknown,
                 .retryable = true,
                 .operation = "invalidate",
                 .message = "other processes may give copies for CacheOptions::near_lease longer; "
                            "give a deadline beyond it"});
  }
  std::this_thread::sleep_for(options_.near_lease);
}

InvalidationReceipt AnswerStore::count(const Scope& scope, Deadline deadline) {
  InvalidationReceipt receipt;
  const std::uint64_t hash = scope.hash();
  receipt.complete = port_.scan(
      values::envelope_head_bytes,
      [&](std::string_view head) {
        const auto scopes = values::decode_scopes(head);
        // What an earlier invalidation reached is gone already.
        if (scopes && std::ranges::binary_search(scopes->hashes, hash) &&
            !epochs_.invalidated_since(scopes->hashes, scopes->epoch)) {
          ++receipt.entries;
        }
        return true;
      },
      deadline);
  return receipt;
}

void AnswerStore::response_changed(const ports::EntryKey& key) noexcept {
  near_.erase(key);
  if (on_change_) on_change_(&key);
}

void AnswerStore::epoch_changed() noexcept {
  heard_.fetch_add(1, std::memory_order_acq_rel);
  if (on_change_) on_change_(nullptr);
}

void AnswerStore::all_changed() noexcept {
  near_.clear();
  epoch_changed();
}

}  // namespace polystore::read
