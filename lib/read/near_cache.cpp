#include "read/near_cache.hpp"

#include "read/entry_hash.hpp"
#include "read/near_node.hpp"
#include "read/s3_fifo.hpp"
#include "support/cache_line.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <string>
#include <utility>

namespace polystore::read {
namespace {

constexpr std::size_t most_shards = 64;
constexpr std::size_t least_shard_bytes = std::size_t{1024} * 1024;
constexpr std::size_t stripes_per_shard = 16;

// What the heap, and the counts of a shared_ptr, add to an allocation, about.
constexpr std::size_t heap_bytes = 16;
constexpr std::size_t shared_bytes = heap_bytes + 16;

std::size_t bytes_of(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 + heap_bytes : 0;
}

std::size_t bytes_of(const NearEntry& entry) {
  std::size_t bytes = sizeof(NearNode) + heap_bytes;
  if (!entry.response) return bytes;
  const Response& response = *entry.response;
  bytes += sizeof(Response) + shared_bytes + bytes_of(response.text);
  bytes += bytes_of(response.finish_reason);
  const auto ends = response.chunk_ends.capacity();
  return bytes + (ends == 0 ? 0 : ends * sizeof(std::size_t) + heap_bytes);
}

}  // namespace

struct alignas(support::cache_line_bytes) NearCache::Shard {
  std::mutex mutex;   // guards the rest, but for reads of changes
  S3Fifo entries{0};  // beside the mutex: a hit needs both
  // Of the keys by one of their bytes, so that an erase spoils few of the fills under way.
  std::array<std::atomic<std::uint64_t>, stripes_per_shard> changes{};

  [[nodiscard]] std::atomic<std::uint64_t>& changes_of(const ports::EntryKey& key) noexcept {
    return changes[key.back() % stripes_per_shard];
  }
};

struct NearCache::State {
  explicit State(std::size_t shard_count) : shards(shard_count), mask(shard_count - 1) {}

  [[nodiscard]] Shard& shard_of(const ports::EntryKey& key) noexcept {
    return shards[hash_of(key) & mask];
  }

  std::vector<Shard> shards;
  const std::size_t mask;
  std::size_t bytes_per_shard = 0;
};

NearCache::NearCache(std::size_t max_bytes) {
  if (max_bytes == 0) return;
  const std::size_t wanted = std::clamp<std::size_t>(max_bytes / least_shard_bytes, 1, most_shards);
  state_ = std::make_unique<State>(std::bit_floor(wanted));
  const std::size_t share = max_bytes / state_->shards.size();
  state_->bytes_per_shard = share - std::min(share, sizeof(Shard));
  for (Shard& shard : state_->shards) shard.entries = S3Fifo(state_->bytes_per_shard);
}

NearCache::~NearCache() = default;

std::optional<NearEntry> NearCache::find(const ports::EntryKey& key) noexcept {
  if (!state_) return std::nullopt;
  Shard& shard = state_->shard_of(key);
  const std::lock_guard lock(shard.mutex);
  return shard.entries.hit(key);
}

NearCache::Ticket NearCache::begin_fill(const ports::EntryKey& key) const noexcept {
  if (!state_) return {};
  return {state_->shard_of(key).changes_of(key).load(std::memory_order_acquire)};
}

void NearCache::insert(const ports::EntryKey& key, NearEntry entry, Ticket ticket) {
  if (!state_) return;
  auto node = std::make_unique<NearNode>();
  node->key = key;
  node->bytes = bytes_of(entry);
  node->entry = std::move(entry);
  Shard& shard = state_->shard_of(key);
  RemovedNodes removed;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  if (shard.changes_of(key).load(std::memory_order_relaxed) != ticket.changes) return;
  shard.entries.insert(std::move(node), removed);
}

void NearCache::erase(const ports::EntryKey& key) noexcept {
  if (!state_) return;
  Shard& shard = state_->shard_of(key);
  RemovedNodes removed;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  shard.changes_of(key).fetch_add(1, std::memory_order_release);
  shard.entries.erase(key, removed);
}

void NearCache::clear() noexcept {
  if (!state_) return;
  for (Shard& shard : state_->shards) {
    S3Fifo cleared(state_->bytes_per_shard);  // freed after the lock
    const std::lock_guard lock(shard.mutex);
    for (auto& changes : shard.changes) changes.fetch_add(1, std::memory_order_release);
    std::swap(shard.entries, cleared);
  }
}

std::size_t NearCache::size_bytes() const noexcept {
  if (!state_) return 0;
  std::size_t bytes = 0;
  for (Shard& shard : state_->shards) {
    const std::lock_guard lock(shard.mutex);
    bytes += shard.entries.size_bytes();
  }
  return bytes;
}

}  // namespace polystore::read
