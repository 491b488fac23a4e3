#pragma once

#include "ports/response_port.hpp"
#include "read/near_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace polystore::read {

/// An entry of a NearCache with its place in a queue. What a hit touches comes first.
struct NearNode {
  ports::EntryKey key{};
  NearEntry entry{};
  std::uint8_t hits = 0;  ///< Since it was queued; counted up to 3.
  bool in_main = false;
  std::size_t bytes = 0;  ///< Of everything that goes with it.
  NearNode* newer = nullptr;
  NearNode* older = nullptr;
};

/// Nodes in the order in which they came. Owns none.
struct NearQueue {
  NearNode* newest = nullptr;
  NearNode* oldest = nullptr;
  std::size_t bytes = 0;

  void push(NearNode& node) noexcept {
    node.older = newest;
    node.newer = nullptr;
    (newest != nullptr ? newest->newer : oldest) = &node;
    newest = &node;
    bytes += node.bytes;
  }

  void remove(NearNode& node) noexcept {
    (node.older != nullptr ? node.older->newer : oldest) = node.newer;
    (node.newer != nullptr ? node.newer->older : newest) = node.older;
    bytes -= node.bytes;
  }
};

/// Nodes that were removed, to be freed where no lock is held.
class RemovedNodes {
 public:
  RemovedNodes() = default;
  RemovedNodes(const RemovedNodes&) = delete;
  RemovedNodes& operator=(const RemovedNodes&) = delete;
  ~RemovedNodes() {
    while (first_ != nullptr) {
      const std::unique_ptr<NearNode> node(std::exchange(first_, first_->older));
    }
  }

  void add(std::unique_ptr<NearNode> node) noexcept {
    if (!node) return;
    node->older = first_;
    first_ = node.release();
  }

 private:
  NearNode* first_ = nullptr;
};

}  // namespace polystore::read
