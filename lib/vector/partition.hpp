#pragma once

#include "polystore/vectors.hpp"

#include "vector/graph.hpp"
#include "vector/id_table.hpp"
#include "vector/labels.hpp"
#include "vector/rows.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::vector {

/// A vector to be searched for.
struct IndexedVector {
  std::string_view id{};
  std::int64_t version = 0;
  std::span<const float> values{};
  std::string_view model{};
  const std::vector<std::string>& tags;
};

struct NearestParams {
  std::span<const float> query{};
  std::size_t k = 0;
  std::size_t width = 0;  ///< Candidates that a search of the graph keeps.
  LabelFilter filter{};
};

/// The vectors of one space and tenant. Changes come in any order: the one with the highest version
/// holds. New vectors are found at once, by comparing each of them, until maintain has linked them.
/// Threads: any; one maintains.
class Partition {
 public:
  explicit Partition(const VectorSpace& space);

  [[nodiscard]] const VectorSpace& space() const noexcept { return space_; }

  using Settled = std::atomic<std::int64_t>;

  /// `settled`: changes up to this version were told by the log already, and are ignored here.
  /// Errors: overloaded beyond limits::vectors_per_tenant.
  void put(const IndexedVector& vector, const Settled* settled = nullptr);
  void erase(std::string_view id, std::int64_t version, const Settled* settled = nullptr);

  /// Forgets what only late changes up to this version would need to know.
  void settle(std::int64_t version);

  /// Nearest first.
  [[nodiscard]] std::vector<Neighbour> nearest(const NearestParams& params) const;

  /// Whether maintain would find something to do.
  [[nodiscard]] bool needs_work() const;

  /// Links rows that are not yet, or does away with dead ones when they are many.
  void maintain(std::size_t threads, const std::atomic<bool>& stop);

  struct Counts {
    std::uint64_t alive = 0;
    std::uint64_t not_linked = 0;
  };
  [[nodiscard]] Counts counts() const;

  /// Fewer rows than this are compared one by one.
  static constexpr std::uint32_t graph_from_rows = 1000;

 private:
  struct Body {
    explicit Body(const Kernel& kernel) : rows(kernel), ids(rows), graph(rows) {}

    void add(const IndexedVector& vector);
    void copy(const Body& from, std::uint32_t row);
    void kill(std::uint32_t row);
    void entered(std::uint32_t label);

    Rows rows;
    IdTable ids;  // guarded by the partition's mutex_
    Labels labels;
    Graph graph;
    std::atomic<std::uint32_t> alive{0};
  };
  class Search;

  [[nodiscard]] std::shared_ptr<Body> body() const;
  [[nodiscard]] bool is_late(std::string_view id, std::int64_t version,
                             std::optional<std::uint32_t> row, const Settled* settled) const;
  [[nodiscard]] std::shared_ptr<Body> copy_alive(std::vector<std::uint32_t>& copies) const;
  void replace_body(std::shared_ptr<Body> fresh, const std::vector<std::uint32_t>& copies);
  void compact(std::size_t threads, const std::atomic<bool>& stop);

  const VectorSpace space_;
  const Kernel kernel_;
  std::mutex mutex_;                                         // of whoever changes
  std::map<std::string, std::int64_t, std::less<>> erased_;  // guarded by mutex_; by version
  mutable std::mutex body_mutex_;
  std::shared_ptr<Body> body_;  // guarded by body_mutex_
};

}  // namespace polystore::vector
