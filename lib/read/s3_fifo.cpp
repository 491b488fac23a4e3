#include "read/s3_fifo.hpp"

#include "read/entry_hash.hpp"

#include <algorithm>
#include <utility>

namespace polystore::read {
namespace {

constexpr std::size_t first_cells = 16;
constexpr std::size_t largest_share = 8;  // an entry may take one of so many parts
constexpr std::size_t small_share = 10;   // and the small queue one of these, once all is full
constexpr std::uint8_t hits_to_stay = 2;  // in the small queue

}  // namespace

void S3Fifo::insert(std::unique_ptr<NearNode> node, RemovedNodes& removed) {
  if (auto former = take(node->key)) {
    node->hits = former->hits;
    node->in_main = former->in_main;
    removed.add(std::move(former));
  } else {
    node->in_main =
        ghosts_.take(hash_of(node->key), index_.size()) || (!was_full_ && small_is_full());
  }
  const bool fits = node->bytes <= max_bytes_ / largest_share;
  if (fits && index_.size() == index_.capacity()) grow_tables();
  if (!fits || !make_room(node->bytes, removed)) {
    removed.add(std::move(node));
    return;
  }
  NearNode& kept = index_.insert(std::move(node));
  queue_of(kept).push(kept);
}

void S3Fifo::erase(const ports::EntryKey& key, RemovedNodes& removed) noexcept {
  if (auto node = take(key)) removed.add(std::move(node));
}

std::unique_ptr<NearNode> S3Fifo::take(const ports::EntryKey& key) noexcept {
  auto node = index_.remove(key);
  if (node) queue_of(*node).remove(*node);
  return node;
}

void S3Fifo::grow_tables() {
  const std::size_t cells = std::max(first_cells, 2 * index_.cells());
  ghosts_.grow(cells);
  index_.grow(cells);
}

bool S3Fifo::small_is_full() const noexcept { return small_.bytes > max_bytes_ / small_share; }

// False if there can't be so much.
bool S3Fifo::make_room(std::size_t bytes, RemovedNodes& removed) noexcept {
  while (size_bytes() + bytes > max_bytes_) {
    was_full_ = true;
    if (index_.size() == 0) return false;
    if (main_.oldest == nullptr || small_is_full()) {
      evict_from_small(removed);
    } else {
      evict_from_main(removed);
    }
  }
  return true;
}

void S3Fifo::evict_from_small(RemovedNodes& removed) noexcept {
  NearNode& node = *small_.oldest;
  small_.remove(node);
  if (node.hits >= hits_to_stay) {
    node.hits = 0;
    node.in_main = true;
    main_.push(node);
    return;
  }
  ghosts_.add(hash_of(node.key));
  removed.add(index_.remove(node.key));
}

void S3Fifo::evict_from_main(RemovedNodes& removed) noexcept {
  NearNode& node = *main_.oldest;
  main_.remove(node);
  if (node.hits > 0) {
    --node.hits;
    main_.push(node);
    return;
  }
  removed.add(index_.remove(node.key));
}

}  // namespace polystore::read
