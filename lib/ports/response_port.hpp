#pragma once

#include "polystore/deadline.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::ports {

/// Names a stored response: what values/entry_key.hpp makes of a CacheKey and the epochs in force.
using EntryKey = std::array<std::uint8_t, 32>;

/// Tells one holder of a lease from all others. Drawn anew for each.
using LeaseToken = std::array<std::uint8_t, 16>;

/// An envelope as it is stored. The port does not look into it.
struct StoredResponse {
  std::string envelope{};
  std::chrono::milliseconds remaining{};  ///< Until the store drops it.
};

struct ResponseLookup {
  std::optional<StoredResponse> stored{};
  /// The last invalidation that the store was told of (advance_epoch); nothing: it knows of none,
  /// because it is new or lost its memory.
  std::optional<std::int64_t> epoch{};
};

struct LeaseResult {
  bool acquired = false;
  std::chrono::milliseconds remaining{};  ///< Of the lease: ours, or its holder's.
  LeaseToken holder{};                    ///< Whose it is, where that is another.
};

/// Hears of changes that this or any other process made. Called from a thread of the port; must
/// neither block nor throw.
class ResponseListener {
 public:
  ResponseListener() = default;
  ResponseListener(const ResponseListener&) = delete;
  ResponseListener& operator=(const ResponseListener&) = delete;
  virtual ~ResponseListener() = default;

  virtual void response_changed(const EntryKey& key) noexcept = 0;
  virtual void epoch_changed() noexcept = 0;
  /// Changes may have been missed.
  virtual void all_changed() noexcept = 0;
};

/// Stored responses with leases on making them, shared by the processes that use one store id.
/// Threads: all members from any. Every member blocks until the deadline at most, and may be
/// repeated. Errors: unavailable, deadline_exceeded, overloaded, access_denied, closed, …
class ResponsePort {
 public:
  using Clock = Deadline::Clock;
  /// Takes the first bytes of an entry. False: enough.
  using Visitor = std::function<bool(std::string_view head)>;
  static constexpr std::size_t chunks_at_once = 64;

  ResponsePort() = default;
  ResponsePort(const ResponsePort&) = delete;
  ResponsePort& operator=(const ResponsePort&) = delete;
  virtual ~ResponsePort() = default;

  /// Before all else, once: which entries are meant, and who hears of changes (it must outlive the
  /// port's close()). Never waits for a server.
  virtual void start(const std::string& store_id, ResponseListener& listener) = 0;

  /// Whether other processes use the same entries. Where they do not, nothing tells this one of
  /// their invalidations.
  [[nodiscard]] virtual bool spans_processes() const noexcept = 0;

  /// Until when copies of what was looked up may be given: every change that was acknowledged more
  /// than `near_lease` before has been told to the listener. In the past while that is in doubt.
  [[nodiscard]] virtual Clock::time_point copies_valid_until() const noexcept = 0;

  virtual ResponseLookup look_up(const EntryKey& key, Deadline deadline) = 0;

  /// Takes the lease on making a response, if nobody holds it (or this token does).
  virtual LeaseResult acquire(const EntryKey& key, const LeaseToken& token,
                              std::chrono::milliseconds ttl, Deadline deadline) = 0;

  /// Prolongs the lease. False: it is not, or no longer, this token's.
  virtual bool renew(const EntryKey& key, const LeaseToken& token, std::chrono::milliseconds ttl,
                     Deadline deadline) = 0;

  /// Stores the response and ends the lease, if that is this token's. False: it is not, and nothing
  /// was stored: whoever holds it now, or invalidated the key, is later than this one.
  virtual bool publish(const EntryKey& key, const LeaseToken& token, const StoredResponse& response,
                       Deadline deadline) = 0;

  /// Adds chunks to those of the response that the lease's holder is making, for callers of other
  /// processes: they last as long as the lease does. `first`: how many there were before; those of
  /// them that are there already are not added again. False: no more can be, since the lease is not
  /// this token's, earlier chunks were lost, or there are no other processes.
  virtual bool append_chunks(const EntryKey& /*key*/, const LeaseToken& /*token*/,
                             std::size_t /*first*/, std::span<const std::string> /*chunks*/,
                             Deadline /*deadline*/) {
    return false;
  }

  /// The chunks of what a lease's holder is making, without the first ones: chunks_at_once, or all
  /// that there are now.
  virtual std::vector<std::string> read_chunks(const LeaseToken& /*holder*/, std::size_t /*first*/,
                                               Deadline /*deadline*/) {
    return {};
  }

  /// Ends the lease, if it is this token's.
  virtual void release(const EntryKey& key, const LeaseToken& token, Deadline deadline) = 0;

  /// Stores a response in place of what is there, and ends any lease.
  virtual void store(const EntryKey& key, const StoredResponse& response, Deadline deadline) = 0;

  /// Removes a response, and ends any lease. True if there was a response. Listeners hear of it
  /// also when there was none: one may be under way.
  virtual bool remove(const EntryKey& key, Deadline deadline) = 0;

  /// Tells the store of an invalidation. It keeps the highest number that it was told.
  virtual void advance_epoch(std::int64_t epoch, Deadline deadline) = 0;

  /// Hands the first `head_bytes` of every entry to the visitor, in no order; an entry that changes
  /// meanwhile may be missed or come twice. False: the deadline came first.
  virtual bool scan(std::size_t head_bytes, const Visitor& visit, Deadline deadline) = 0;

  /// Ends sessions and the listener's calls. Later calls throw `closed`. Never blocks for long,
  /// never throws.
  virtual void close() noexcept = 0;
};

}  // namespace polystore::ports
