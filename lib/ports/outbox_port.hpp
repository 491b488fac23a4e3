#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::ports {

enum class OutboxOperation : std::uint8_t { write, erase };

/// What the output store must still be told.
struct OutboxEntry {
  ContentId id{};
  std::int64_t version = 1;
  OutboxOperation operation = OutboxOperation::write;
  std::span<const std::byte> body{};  ///< The read copy; empty for erase. Borrowed for the call.
};

/// An outbox entry that the caller works on: no other claimer gets it before the lease ends.
struct ClaimedEntry {
  std::int64_t sequence = 0;
  ContentId id{};
  std::int64_t version = 1;
  OutboxOperation operation = OutboxOperation::write;
  std::vector<std::byte> body{};
  std::int32_t attempts = 1;  ///< This one included.
};

/// An outbox entry as an operator sees it, without its body.
struct ListedEntry {
  std::int64_t sequence = 0;
  ContentId id{};
  std::int64_t version = 1;
  OutboxOperation operation = OutboxOperation::write;
  std::int32_t attempts = 0;
  std::uint64_t body_bytes = 0;
  std::string reason{};         ///< Of the last failure; empty without one.
  std::chrono::seconds age{0};  ///< Since it was queued, by the server's clock.
  bool dead = false;
};

enum class OutboxFilter : std::uint8_t { all, dead };

struct OutboxStats {
  std::int64_t pending = 0;        ///< Waiting or claimed.
  std::int64_t pending_bytes = 0;  ///< Of their bodies.
  std::chrono::seconds oldest{0};  ///< Age of the oldest pending one, by the server's clock.
  std::int64_t dead = 0;           ///< Given up; kept.
};

/// The outbox: what the output store must still be told, in the metadata store's transactions.
/// Several processes may work on it at once. Threads: all members from any.
class OutboxPort {
 public:
  OutboxPort() = default;
  OutboxPort(const OutboxPort&) = delete;
  OutboxPort& operator=(const OutboxPort&) = delete;
  virtual ~OutboxPort() = default;

  /// Takes up to `limit` due entries, oldest first, for `lease` by the server's clock, and counts
  /// an attempt on each. Blocks until the deadline at most.
  virtual std::vector<ClaimedEntry> claim_outbox(std::size_t limit, std::chrono::milliseconds lease,
                                                 Deadline deadline) = 0;

  /// Removes entries that were applied. How many there were: one already gone was applied by
  /// another, or is of no use any more, as its id was erased or updated.
  virtual std::uint64_t complete_outbox(std::span<const std::int64_t> sequences,
                                        Deadline deadline) = 0;

  /// Gives an entry back, due after `delay`; without a delay it is dead: kept, never due again.
  /// `reason` is an ErrorCode's name and a native code, never user text.
  virtual void fail_outbox(std::int64_t sequence, std::optional<std::chrono::milliseconds> delay,
                           const std::string& reason, Deadline deadline) = 0;

  virtual OutboxStats outbox_stats(Deadline deadline) = 0;

  /// Entries after a sequence number, by number; empty at the end.
  virtual std::vector<ListedEntry> list_outbox(OutboxFilter filter, std::int64_t after,
                                               std::size_t limit, Deadline deadline) = 0;

  /// The body of an entry; empty for one without, or that is gone.
  virtual std::vector<std::byte> read_outbox_body(std::int64_t sequence, Deadline deadline) = 0;

  /// Makes dead entries due at once, as if never tried: those named, or all. How many there were.
  virtual std::uint64_t revive_outbox(std::span<const std::int64_t> sequences,
                                      Deadline deadline) = 0;
};

}  // namespace polystore::ports
