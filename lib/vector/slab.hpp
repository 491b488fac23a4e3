#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

namespace polystore::vector {

/// Memory for items of one size that never move, in blocks of which each is twice as large as the
/// one before. Items are neither made nor destroyed: that is their user's part.
/// Threads: one reserves at a time; any may ask for items that it knows to be reserved.
class Slab {
 public:
  static constexpr std::size_t alignment = 64;
  static constexpr std::uint32_t first_block_items = 4;
  static constexpr std::size_t most_blocks = 25;
  static constexpr std::uint32_t most_items = first_block_items * ((1U << most_blocks) - 1);

  explicit Slab(std::size_t item_bytes) noexcept : item_bytes_(item_bytes) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for (auto& block : blocks_) {
      ::operator delete(block.load(std::memory_order_relaxed), std::align_val_t(alignment));
    }
  }

  /// Makes room for `items`, at most most_items. Errors: std::bad_alloc.
  void reserve(std::uint32_t items) {
    while (reserved_ < items) {
      const std::size_t block = block_of(reserved_);
      const std::uint32_t more = first_block_items << block;
      blocks_[block].store(
          static_cast<std::byte*>(::operator new(more* item_bytes_, std::align_val_t(alignment))),
          std::memory_order_release);
      reserved_ += more;
    }
  }

  [[nodiscard]] std::byte* at(std::uint32_t item) const noexcept {
    const std::size_t block = block_of(item);
    const std::uint32_t first = first_block_items * ((1U << block) - 1);
    return blocks_[block].load(std::memory_order_acquire) + (item - first) * item_bytes_;
  }

 private:
  static std::size_t block_of(std::uint32_t item) noexcept {
    return static_cast<std::size_t>(std::bit_width(item / first_block_items + 1)) - 1;
  }

  const std::size_t item_bytes_;
  std::uint32_t reserved_ = 0;
  std::array<std::atomic<std::byte*>, most_blocks> blocks_{};
};

}  // namespace polystore::vector
