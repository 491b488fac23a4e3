#pragma once

#include "ports/response_port.hpp"
#include "read/entry_hash.hpp"
#include "read/near_node.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace polystore::read {

/// Nodes by key, in one flat table: a look-up touches two or three cache lines. Owns them.
/// Threads: one at a time.
class NearIndex {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Nodes that it has room for before it must grow.
  [[nodiscard]] std::size_t capacity() const noexcept { return cells_.size() / 4 * 3; }
  [[nodiscard]] std::size_t cells() const noexcept { return cells_.size(); }
  [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t cells) noexcept {
    return cells * sizeof(Cell);
  }

  [[nodiscard]] NearNode* find(const ports::EntryKey& key) const noexcept {
    const std::size_t at = position_of(key);
    return at < cells_.size() ? cells_[at].node.get() : nullptr;
  }

  /// Needs room, and a key that is not there. Returns the node.
  NearNode& insert(std::unique_ptr<NearNode> node) noexcept {
    const std::uint64_t hash = hash_of(node->key);
    ++size_;
    return place(hash, std::move(node));
  }

  /// Null if there is none.
  std::unique_ptr<NearNode> remove(const ports::EntryKey& key) noexcept {
    std::size_t hole = position_of(key);
    if (hole == cells_.size()) return nullptr;
    --size_;
    auto removed = std::move(cells_[hole].node);
    // What lies behind it moves up, so that no search ends at the hole.
    for (std::size_t at = next(hole); cells_[at].node; at = next(at)) {
      const std::size_t wish = home_of(cells_[at].hash);
      if (((at - wish) & (cells_.size() - 1)) < ((at - hole) & (cells_.size() - 1))) continue;
      cells_[hole] = std::move(cells_[at]);
      hole = at;
    }
    return removed;
  }

  /// `cells`: a power of two, more than there are now.
  void grow(std::size_t cells) {
    std::vector<Cell> old(cells);
    old.swap(cells_);
    for (Cell& cell : old) {
      if (cell.node) place(cell.hash, std::move(cell.node));
    }
  }

 private:
  struct Cell {
    std::uint64_t hash = 0;
    std::unique_ptr<NearNode> node{};
  };

  // Shards are chosen by the lowest bits.
  [[nodiscard]] std::size_t home_of(std::uint64_t hash) const noexcept {
    return (hash >> 8) & (cells_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
    return (at + 1) & (cells_.size() - 1);
  }

  // The number of cells if it is not there.
  [[nodiscard]] std::size_t position_of(const ports::EntryKey& key) const noexcept {
    if (cells_.empty()) return 0;
    const std::uint64_t hash = hash_of(key);
    for (std::size_t at = home_of(hash); cells_[at].node; at = next(at)) {
      if (cells_[at].hash == hash && cells_[at].node->key == key) return at;
    }
    return cells_.size();
  }

  NearNode& place(std::uint64_t hash, std::unique_ptr<NearNode> node) noexcept {
    std::size_t at = home_of(hash);
    while (cells_[at].node) at = next(at);
    cells_[at] = {hash, std::move(node)};
    return *cells_[at].node;
  }

  std::vector<Cell> cells_;  // a power of two; at least a quarter are empty
  std::size_t size_ = 0;
};

}  // namespace polystore::read
