#include "vector/graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

namespace polystore::vector {
namespace {

// Any level but the lowest has one row of sixteen. By its number, so that the same rows in the same
// order make the same levels.
int level_of(std::uint32_t row, double share, int most) {
  std::uint64_t bits = row + 0x9E3779B97F4A7C15ULL;  // splitmix64
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
  bits ^= bits >> 31;
  const double uniform = (static_cast<double>(bits >> 11) + 1) / 9007199254740993.0;
  return std::min(most - 1, static_cast<int>(-std::log(uniform) / std::log(share)));
}

// So many codes are fetched from memory before their turn comes.
constexpr std::uint32_t codes_ahead = 4;

// Its beginning: the processor fetches the rest by itself.
void prefetch(Code code) noexcept {
  for (std::size_t at = 0; at < 6; ++at) __builtin_prefetch(code + at * 64);
}

}  // namespace

struct SearchMemory {
  std::vector<std::uint64_t> seen{};  // a bit for each row
  std::vector<Found> open{};          // a heap, the nearest first
  std::vector<Found> best{};          // a heap, the farthest first
  std::vector<std::uint32_t> fresh{};
  std::vector<Found> starts{};  // where the lowest level is entered

  void begin(std::uint32_t rows) {
    seen.assign(rows / 64 + 1, 0);
    open.clear();
    best.clear();
  }
  // False when it was marked before, or is newer than the search.
  bool mark(std::uint32_t row) noexcept {
    if (row / 64 >= seen.size()) return false;
    std::uint64_t& word = seen[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  }
  void push_open(Found found) {
    open.push_back(found);
    std::ranges::push_heap(open, std::ranges::greater(), &Found::distance);
  }
  Found pop_open() {
    std::ranges::pop_heap(open, std::ranges::greater(), &Found::distance);
    const Found nearest = open.back();
    open.pop_back();
    return nearest;
  }
  void push_best(Found found, std::size_t width) {
    best.push_back(found);
    std::ranges::push_heap(best, {}, &Found::distance);
    if (best.size() <= width) return;
    std::ranges::pop_heap(best, {}, &Found::distance);
    best.pop_back();
  }
};

// The right to change the lists of a node. Held for about a microsecond.
class Graph::Claim {
 public:
  explicit Claim(Node& node) noexcept : busy_(node.busy) {
    while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { busy_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& busy_;
};

class Graph::MemoryLease {
 public:
  explicit MemoryLease(const Graph& graph) : graph_(graph) {
    {
      const std::lock_guard lock(graph.memory_mutex_);
      if (!graph.memories_.empty()) {
        memory_ = std::move(graph.memories_.back());
        graph.memories_.pop_back();
      }
    }
    if (!memory_) memory_ = std::make_unique<SearchMemory>();
  }
  MemoryLease(const MemoryLease&) = delete;
  MemoryLease& operator=(const MemoryLease&) = delete;
  ~MemoryLease() {
    const std::lock_guard lock(graph_.memory_mutex_);
    graph_.memories_.push_back(std::move(memory_));
  }
  SearchMemory& operator*() const noexcept { return *memory_; }

 private:
  const Graph& graph_;
  std::unique_ptr<SearchMemory> memory_;
};

Graph::Graph(const Rows& rows) : rows_(rows), kernel_(rows.kernel()), nodes_(sizeof(Node)) {}
Graph::~Graph() = default;

Graph::Node& Graph::node(std::uint32_t row) const noexcept {
  return *std::launder(reinterpret_cast<Node*>(nodes_.at(row)));
}

Graph::Links Graph::links_of(std::uint32_t row, int level) const noexcept {
  Node& of = node(row);
  if (level == 0) return {of.base.size, of.base.rows.data(), base_links};
  UpperList& list = of.upper[level - 1];
  return {list.size, list.rows.data(), upper_links};
}

float Graph::distance(std::uint32_t a, std::uint32_t b) const noexcept {
  return kernel_.code_distance(rows_.code(a), rows_.code(b));
}

void Graph::link(std::uint32_t end, std::size_t threads, const std::atomic<bool>& stop) {
  const std::uint32_t begin = linked();
  if (end <= begin) return;
  nodes_.reserve(end);
  for (std::uint32_t row = begin; row < end; ++row) new (nodes_.at(row)) Node;
  next_ = begin;
  // A thread is not worth its making for a few rows.
  Positions positions(std::clamp<std::size_t>((end - begin) / 256, 1, threads));
  for (auto& position : positions) position = begin;
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < positions.size(); ++i) {
    helpers.emplace_back([&, i] { work(end, stop, positions, i); });
  }
  work(end, stop, positions, 0);
  helpers.clear();
  linked_.store(std::min(end, next_.load()), std::memory_order_release);
}

// Takes rows one by one. `positions`: before which row each thread has linked all that it took.
void Graph::work(std::uint32_t end, const std::atomic<bool>& stop, Positions& positions,
                 std::size_t own) {
  const MemoryLease memory(*this);
  for (std::size_t done = 0;; ++done) {
    positions[own] = next_.load();
    const std::uint32_t row = stop ? end : next_++;
    if (row >= end) return;
    insert(row, *memory);
    if (own == 0 && done % 64 == 0) {
      linked_.store(*std::ranges::min_element(positions), std::memory_order_release);
    }
  }
}

Graph::UpperList* Graph::make_upper_lists(int levels) {
  auto made = std::make_unique<UpperList[]>(static_cast<std::size_t>(levels));
  const std::lock_guard lock(upper_mutex_);
  upper_lists_.push_back(std::move(made));
  return upper_lists_.back().get();
}

void Graph::insert(std::uint32_t row, SearchMemory& memory) {
  const int level = level_of(row, upper_links, most_levels);
  if (level > 0) node(row).upper = make_upper_lists(level);
  Entry entry = entry_.load(std::memory_order_acquire);
  if (entry.level < 0) {
    const std::lock_guard lock(entry_mutex_);
    entry = entry_.load(std::memory_order_acquire);
    if (entry.level < 0) {
      entry_.store({row, level}, std::memory_order_release);
      return;
    }
  }
  const Code query = rows_.code(row);
  Found from = descend(query, {distance(row, entry.row), entry.row}, entry.level, level);
  for (int at = std::min(level, entry.level); at >= 0; --at) {
    memory.begin(rows_.size());
    memory.mark(row);  // another thread may have met it on a level above, and linked to it here
    search_level(query, {&from, 1}, {.level = at, .width = link_width}, memory);
    std::ranges::sort(memory.best, {}, &Found::distance);
    from = memory.best.front();
    connect(row, at, memory.best);
  }
  if (level <= entry.level) return;
  const std::lock_guard lock(entry_mutex_);
  if (entry_.load(std::memory_order_acquire).level < level) {
    entry_.store({row, level}, std::memory_order_release);
  }
}

// Links a row both ways to some of those near it, nearest first.
void Graph::connect(std::uint32_t row, int level, std::vector<Found>& near) {
  choose(near, upper_links);
  for (const Found& found : near) add_link(row, found.row, found.distance, level);
  for (const Found& found : near) add_link(found.row, row, found.distance, level);
}

void Graph::add_link(std::uint32_t from, std::uint32_t to, float to_distance, int level) {
  const Claim claim(node(from));
  const Links links = links_of(from, level);
  const std::uint32_t size = links.size.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    if (links.rows[i].load(std::memory_order_relaxed) == to) return;
  }
  if (size < links.capacity) {
    links.rows[size].store(to, std::memory_order_release);
    links.size.store(size + 1, std::memory_order_release);
    return;
  }
  std::vector<Found> candidates{{to_distance, to}};
  candidates.reserve(links.capacity + 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t row = links.rows[i].load(std::memory_order_relaxed);
    candidates.push_back({distance(from, row), row});
  }
  std::ranges::sort(candidates, {}, &Found::distance);
  choose(candidates, links.capacity);
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    links.rows[i].store(candidates[i].row, std::memory_order_release);
  }
  links.size.store(static_cast<std::uint32_t>(candidates.size()), std::memory_order_release);
}

// Keeps those that are nearer to the base than to any that is kept, so that links go in all
// directions (algorithm 4 of the paper).
void Graph::choose(std::vector<Found>& candidates, std::size_t most) const {
  if (candidates.size() < most) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates.size() && kept < most; ++i) {
    const Found candidate = candidates[i];
    const bool wanted =
        std::all_of(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                    [&](const Found& other) {
                      return distance(candidate.row, other.row) > candidate.distance;
                    });
    if (wanted) candidates[kept++] = candidate;
  }
  candidates.resize(kept);
}

// Goes to the nearest row that can be reached on the levels above `to_level`.
Found Graph::descend(Code query, Found from, int from_level, int to_level) const {
  for (int level = from_level; level > to_level; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      const Links links = links_of(from.row, level);
      const std::uint32_t size = links.size.load(std::memory_order_acquire);
      const auto row_at = [&](std::uint32_t i) {
        return links.rows[i].load(std::memory_order_acquire);
      };
      for (std::uint32_t i = 0; i < std::min(size, codes_ahead); ++i) {
        prefetch(rows_.code(row_at(i)));
      }
      for (std::uint32_t i = 0; i < size; ++i) {
        if (i + codes_ahead < size) prefetch(rows_.code(row_at(i + codes_ahead)));
        const std::uint32_t row = row_at(i);
        const float found = kernel_.code_distance(query, rows_.code(row));
        if (found >= from.distance) continue;
        from = {found, row};
        moved = true;
      }
    }
  }
  return from;
}

// Leaves the nearest rows of a level in memory.best. The memory has begun.
void Graph::search_level(Code query, std::span<const Found> from, const LevelSearch& search,
                         SearchMemory& memory) const {
  const auto accepts = [&](std::uint32_t row) {
    return search.filter == nullptr || search.filter->accepts(row);
  };
  for (const Found& start : from) {
    memory.mark(start.row);
    memory.push_open(start);
    if (accepts(start.row)) memory.push_best(start, search.width);
  }
  while (!memory.open.empty()) {
    const Found current = memory.pop_open();
    const bool full = memory.best.size() >= search.width;
    if (full && memory.best.front().distance < current.distance) return;
    if (!memory.open.empty()) prefetch_links(memory.open.front().row);
    gather_new(current.row, search.level, memory);
    for (std::size_t i = 0; i < memory.fresh.size(); ++i) {
      if (i + codes_ahead < memory.fresh.size())
        prefetch(rows_.code(memory.fresh[i + codes_ahead]));
      const Found found{kernel_.code_distance(query, rows_.code(memory.fresh[i])), memory.fresh[i]};
      if (memory.best.size() >= search.width && found.distance >= memory.best.front().distance) {
        continue;
      }
      memory.push_open(found);
      if (accepts(found.row)) memory.push_best(found, search.width);
    }
  }
}

void Graph::prefetch_links(std::uint32_t row) const noexcept {
  const std::byte* links = nodes_.at(row);
  __builtin_prefetch(links);
  __builtin_prefetch(links + 64);
}

// The rows that one is linked to and that the search has not met yet.
void Graph::gather_new(std::uint32_t row, int level, SearchMemory& memory) const {
  const Links links = links_of(row, level);
  const std::uint32_t size = links.size.load(std::memory_order_acquire);
  memory.fresh.clear();
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t linked = links.rows[i].load(std::memory_order_acquire);
    if (!memory.mark(linked)) continue;
    if (memory.fresh.size() < codes_ahead) prefetch(rows_.code(linked));
    memory.fresh.push_back(linked);
  }
}

std::vector<Found> Graph::search(Code query, std::size_t width, const RowFilter& filter) const {
  const Entry entry = entry_.load(std::memory_order_acquire);
  if (entry.level < 0) return {};
  const Found start{kernel_.code_distance(query, rows_.code(entry.row)), entry.row};
  const MemoryLease lease(*this);
  SearchMemory& memory = *lease;
  Found from = descend(query, start, entry.level, 1);
  memory.starts.assign(1, from);
  if (entry.level > 0) {
    memory.begin(rows_.size());
    search_level(query, {&from, 1}, {.level = 1, .width = entry_width}, memory);
    memory.starts.swap(memory.best);
  }
  memory.begin(rows_.size());
  search_level(query, memory.starts, {.level = 0, .width = width, .filter = &filter}, memory);
  return memory.best;
}

}  // namespace polystore::vector
