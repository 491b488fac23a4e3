#pragma once

#include "core/huge_pages.hpp"

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
    for (std::size_t block = 0; block < most_blocks; ++block) {
      ::operator delete(blocks_[block].load(std::memory_order_relaxed),
                        alignment_for(bytes_of(block)));
    }
  }

  /// Makes room for `items`, at most most_items. Errors: std::bad_alloc.
  void reserve(std::uint32_t items) {
    while (reserved_ < items) {
      const std::size_t block = block_of(reserved_);
      blocks_[block].store(allocate(bytes_of(block)), std::memory_order_release);
      reserved_ += first_block_items << block;
    }
  }

  [[nodiscard]] std::byte* at(std::uint32_t item) const noexcept {
    const std::size_t block = block_of(item);
    const std::uint32_t first = first_block_items * ((1U << block) - 1);
    return blocks_[block].load(std::memory_order_acquire) + (item - first) * item_bytes_;
  }

 private:
  static constexpr std::size_t large_block =
      4 * detail::huge_page_bytes;  // the last page may be all but unused

  static std::align_val_t alignment_for(std::size_t bytes) noexcept {
    return std::align_val_t(bytes < large_block ? alignment : detail::huge_page_bytes);
  }

  // Searches jump about in large blocks: on huge pages, where the system has them, the processor
  // seldom needs to look up where an address is.
  static std::byte* allocate(std::size_t bytes) {
    void* memory = ::operator new(bytes, alignment_for(bytes));
    if (bytes >= large_block) detail::prefer_huge_pages(memory, bytes);
    return static_cast<std::byte*>(memory);
  }

  [[nodiscard]] std::size_t bytes_of(std::size_t block) const noexcept {
    return (std::size_t{first_block_items} << block) * item_bytes_;
  }
  static std::size_t block_of(std::uint32_t item) noexcept {
    return static_cast<std::size_t>(std::bit_width(item / first_block_items + 1)) - 1;
  }

  const std::size_t item_bytes_;
  std::uint32_t reserved_ = 0;
  std::array<std::atomic<std::byte*>, most_blocks> blocks_{};
};

}  // namespace polystore::vector
