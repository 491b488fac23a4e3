#pragma once

#include "vector/rows.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace polystore::vector {

/// A row that a search came upon.
struct Found {
  float distance = 0;
  std::uint32_t row = 0;
};

/// What Kernel::encode_code makes.
using Code = const std::byte*;

/// Which rows a search gives.
struct RowFilter {
  const Rows& rows;
  std::uint32_t end = 0;  ///< Only rows before this one.
  /// By label; null: all.
  const std::vector<bool>* labels = nullptr;

  [[nodiscard]] bool accepts(std::uint32_t row) const noexcept {
    if (row >= end) return false;
    const RowInfo& info = rows.info(row);
    if (!info.alive.load(std::memory_order_acquire)) return false;
    return labels == nullptr || (info.label < labels->size() && (*labels)[info.label]);
  }
};

/// What a search needs to remember while it runs; kept for the next one.
struct SearchMemory;

/// A navigable graph over rows that finds those near a query without looking at most of them.
/// (Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", 2016.) Dead rows stay in it as ways to others.
/// Threads: any search, at the same time as one links. Links are atomic, and a list may be read
/// while it changes: all that it ever holds is linked.
class Graph {
 public:
  explicit Graph(const Rows& rows);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// All rows before this one are linked: a search can come upon them.
  [[nodiscard]] std::uint32_t linked() const noexcept {
    return linked_.load(std::memory_order_acquire);
  }

  /// Links the rows before `end`, with that many threads, until `stop`. One caller at a time.
  void link(std::uint32_t end, std::size_t threads, const std::atomic<bool>& stop);

  /// The nearest of the rows that the filter accepts, in no order: about `width` of them, or all
  /// there are. The distances are those of codes.
  [[nodiscard]] std::vector<Found> search(Code query, std::size_t width,
                                          const RowFilter& filter) const;

  /// Of one row, its share of the levels above included.
  static constexpr std::size_t bytes_per_row = 160;

 private:
  static constexpr std::size_t upper_links = 16;
  static constexpr std::size_t base_links = 2 * upper_links;
  static constexpr std::size_t link_width = 64;  // candidates for the links of a new row
  // Of the level above the lowest: where that is entered. Those near each other may be linked among
  // themselves alone, so that a search that enters at one place finds no others.
  static constexpr std::size_t entry_width = 8;
  static constexpr int most_levels = 12;

  template <std::size_t Capacity>
  struct LinkList {
    std::atomic<std::uint32_t> size{0};
    std::array<std::atomic<std::uint32_t>, Capacity> rows;
  };
  using UpperList = LinkList<upper_links>;

  struct Node {
    LinkList<base_links> base;
    std::atomic_flag busy{};  // somebody changes a list of this node
    UpperList* upper = nullptr;
  };
  struct Entry {
    std::uint32_t row = 0;
    std::int32_t level = -1;  // of the row, and so of the graph; -1: there is none
  };
  // A list of any level.
  struct Links {
    std::atomic<std::uint32_t>& size;
    std::atomic<std::uint32_t>* rows;
    std::uint32_t capacity;
  };
  struct LevelSearch {
    int level = 0;
    std::size_t width = 0;
    const RowFilter* filter = nullptr;  // null: all rows
  };
  using Positions = std::vector<std::atomic<std::uint32_t>>;
  class Claim;
  class MemoryLease;

  [[nodiscard]] Node& node(std::uint32_t row) const noexcept;
  [[nodiscard]] Links links_of(std::uint32_t row, int level) const noexcept;
  [[nodiscard]] float distance(std::uint32_t a, std::uint32_t b) const noexcept;

  void insert(std::uint32_t row, SearchMemory& memory);
  void connect(std::uint32_t row, int level, std::vector<Found>& near);
  void add_link(std::uint32_t from, std::uint32_t to, float distance, int level);
  void choose(std::vector<Found>& candidates, std::size_t most) const;
  [[nodiscard]] Found descend(Code query, Found from, int from_level, int to_level) const;
  void search_level(Code query, std::span<const Found> from, const LevelSearch& search,
                    SearchMemory& memory) const;
  void prefetch_links(std::uint32_t row) const noexcept;
  void gather_new(std::uint32_t row, int level, SearchMemory& memory) const;
  void work(std::uint32_t end, const std::atomic<bool>& stop, Positions& positions,
            std::size_t own);
  [[nodiscard]] UpperList* make_upper_lists(int levels);

  const Rows& rows_;
  const Kernel kernel_;
  Slab nodes_;
  std::atomic<std::uint32_t> linked_{0};
  std::atomic<std::uint32_t> next_{0};
  std::atomic<Entry> entry_{};
  std::mutex entry_mutex_;  // for whoever raises the entry

  std::mutex upper_mutex_;
  std::vector<std::unique_ptr<UpperList[]>> upper_lists_;  // guarded by upper_mutex_

  mutable std::mutex memory_mutex_;
  mutable std::vector<std::unique_ptr<SearchMemory>> memories_;  // guarded by memory_mutex_
};

}  // namespace polystore::vector
