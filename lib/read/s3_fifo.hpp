#pragma once

#include "ports/response_port.hpp"
#include "read/ghosts.hpp"
#include "read/near_index.hpp"
#include "read/near_node.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace polystore::read {

/// The entries of one shard within its bytes. New ones go through a small queue; those that are hit
/// twice there, or were dropped from it not long ago, come to the main queue; who leaves that is
/// decided by hits since it was queued. (Yang et al., SOSP 2023, algorithm 1.)
/// Threads: one at a time.
class S3Fifo {
 public:
  explicit S3Fifo(std::size_t max_bytes) noexcept : max_bytes_(max_bytes) {}

  [[nodiscard]] std::optional<NearEntry> hit(const ports::EntryKey& key) noexcept {
    NearNode* const node = index_.find(key);
    if (node == nullptr) return std::nullopt;
    if (node->hits < most_hits) ++node->hits;
    return node->entry;
  }

  /// In place of what its key has. What is too large is not kept.
  void insert(std::unique_ptr<NearNode> node, RemovedNodes& removed);
  void erase(const ports::EntryKey& key, RemovedNodes& removed) noexcept;

  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return small_.bytes + main_.bytes + table_bytes();
  }

 private:
  static constexpr std::uint8_t most_hits = 3;

  [[nodiscard]] std::size_t table_bytes() const noexcept {
    return NearIndex::bytes_of(index_.cells()) + Ghosts::bytes_of(index_.cells());
  }
  [[nodiscard]] NearQueue& queue_of(const NearNode& node) noexcept {
    return node.in_main ? main_ : small_;
  }
  std::unique_ptr<NearNode> take(const ports::EntryKey& key) noexcept;
  void grow_tables();
  [[nodiscard]] bool small_is_full() const noexcept;
  [[nodiscard]] bool make_room(std::size_t bytes, RemovedNodes& removed) noexcept;
  void evict_from_small(RemovedNodes& removed) noexcept;
  void evict_from_main(RemovedNodes& removed) noexcept;

  std::size_t max_bytes_;
  NearIndex index_;
  Ghosts ghosts_;  // as many cells as the index
  NearQueue small_;
  NearQueue main_;
  // Before that the main queue takes what the small one has no room for: else the first that have
  // to go would be those that came to the main queue last, whose hits were just forgotten.
  bool was_full_ = false;
};

}  // namespace polystore::read
