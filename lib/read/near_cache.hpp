#pragma once

#include "polystore/deadline.hpp"
#include "polystore/response.hpp"

#include "ports/response_port.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace polystore::read {

/// A copy of a stored response, which it shares.
struct NearEntry {
  using TimePoint = Deadline::Clock::time_point;

  std::shared_ptr<const Response> response{};
  TimePoint fresh_until{};
  TimePoint stale_until{};    ///< When the response store drops it.
  std::uint16_t account = 0;  ///< Where its hits are counted (CacheCounters::account_of).
  Timestamp filled_at{};      ///< By its filler's clock.
};

/// Copies of stored responses in this process, bounded by bytes. Which ones stay is decided by
/// S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP
/// 2023). Sharded: hits of keys in different shards share no lock. Threads: all members from any.
class NearCache {
 public:
  /// What is known of a key's shard before its response is looked up elsewhere.
  struct Ticket {
    std::uint64_t changes = 0;
  };

  /// Zero bytes: keeps nothing.
  explicit NearCache(std::size_t max_bytes);
  NearCache(const NearCache&) = delete;
  NearCache& operator=(const NearCache&) = delete;
  ~NearCache();

  /// The copy, whatever its times say.
  [[nodiscard]] std::optional<NearEntry> find(const ports::EntryKey& key) noexcept;

  /// Before a look-up elsewhere whose result shall be inserted.
  [[nodiscard]] Ticket begin_fill(const ports::EntryKey& key) const noexcept;

  /// Keeps a copy, unless its key was erased, or everything cleared, since the ticket was taken:
  /// then it may be older than the change. Larger ones than an eighth of a shard are not kept.
  void insert(const ports::EntryKey& key, NearEntry entry, Ticket ticket);

  void erase(const ports::EntryKey& key) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::size_t size_bytes() const noexcept;

 private:
  struct Shard;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace polystore::read
