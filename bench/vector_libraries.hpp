#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

using Values = std::vector<float>;
using Found = std::vector<std::uint32_t>;

/// Seeded vectors of length 1 in clusters of about a hundred, as embeddings are, and queries of the
/// same kind.
struct VectorSamples {
  static constexpr std::size_t dimensions = 384;

  VectorSamples(std::size_t count, std::size_t queries);

  std::vector<Values> vectors;
  std::vector<Values> queries;
};

/// The true nearest of each query, by comparing all, on two threads.
std::vector<Found> exact_nearest(const VectorSamples& samples, std::size_t k);

/// An index to compare with, as one uses a library directly. Threads: one.
class VectorLibrary {
 public:
  VectorLibrary() = default;
  VectorLibrary(const VectorLibrary&) = delete;
  VectorLibrary& operator=(const VectorLibrary&) = delete;
  virtual ~VectorLibrary() = default;

  /// On two threads.
  virtual void build(const std::vector<Values>& vectors) = 0;
  /// How many candidates a search keeps.
  virtual void set_width(std::size_t width) = 0;
  [[nodiscard]] virtual Found search(const Values& query, std::size_t k) const = 0;
};

/// hnswlib's HierarchicalNSW with M 16 and ef_construction 200, its usual values.
std::unique_ptr<VectorLibrary> make_hnswlib();

/// FAISS' IndexHNSWFlat with the same; null where the build has no FAISS.
std::unique_ptr<VectorLibrary> make_faiss();

}  // namespace bench
