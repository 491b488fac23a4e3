// Compiled for this machine's processor, as a user of these libraries would.
#include "vector_libraries.hpp"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#ifdef BENCH_FAISS
#include <faiss/IndexHNSW.h>

#include <omp.h>
#endif

namespace bench {
namespace {

class Generator {
 public:
  explicit Generator(std::size_t clusters) : random_(7) {
    for (std::size_t i = 0; i < clusters; ++i) centres_.push_back(unit(gaussian()));
  }

  Values next() {
    const Values& centre = centres_[random_() % centres_.size()];
    Values values = gaussian();
    const float spread = 0.5F / std::sqrt(static_cast<float>(VectorSamples::dimensions));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = centre[i] + spread * values[i];
    return unit(std::move(values));
  }

 private:
  Values gaussian() {
    Values values(VectorSamples::dimensions);
    for (float& value : values) value = normal_(random_);
    return values;
  }
  static Values unit(Values values) {
    float squares = 0;
    for (const float value : values) squares += value * value;
    for (float& value : values) value /= std::sqrt(squares);
    return values;
  }

  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<Values> centres_;
};

float dot(const Values& a, const Values& b) {
  float sums[16] = {};
  for (std::size_t i = 0; i < a.size(); i += 16) {
    for (std::size_t lane = 0; lane < 16; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

// Runs `work` for 0 to `count`, on two threads.
template <class Work>
void on_two_threads(std::size_t count, Work work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < count; at = next++) work(at);
    });
  }
}

class Hnswlib : public VectorLibrary {
 public:
  void build(const std::vector<Values>& vectors) override {
    index_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(&space_, vectors.size(), 16, 200);
    index_->addPoint(vectors[0].data(), 0);
    on_two_threads(vectors.size() - 1,
                   [&](std::size_t i) { index_->addPoint(vectors[i + 1].data(), i + 1); });
  }
  void set_width(std::size_t width) override { index_->ef_ = width; }
  [[nodiscard]] Found search(const Values& query, std::size_t k) const override {
    Found rows;
    for (const auto& found : index_->searchKnnCloserFirst(query.data(), k)) {
      rows.push_back(static_cast<std::uint32_t>(found.second));
    }
    return rows;
  }

 private:
  hnswlib::InnerProductSpace space_{VectorSamples::dimensions};
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> index_;
};

#ifdef BENCH_FAISS
class Faiss : public VectorLibrary {
 public:
  void build(const std::vector<Values>& vectors) override {
    omp_set_num_threads(2);
    index_.hnsw.efConstruction = 200;
    Values all;
    for (const Values& values : vectors) all.insert(all.end(), values.begin(), values.end());
    index_.add(static_cast<faiss::Index::idx_t>(vectors.size()), all.data());
    omp_set_num_threads(1);
  }
  void set_width(std::size_t width) override { index_.hnsw.efSearch = static_cast<int>(width); }
  [[nodiscard]] Found search(const Values& query, std::size_t k) const override {
    std::vector<float> scores(k);
    std::vector<faiss::Index::idx_t> found(k);
    index_.search(1, query.data(), static_cast<faiss::Index::idx_t>(k), scores.data(),
                  found.data());
    return {found.begin(), found.end()};
  }

 private:
  faiss::IndexHNSWFlat index_{VectorSamples::dimensions, 16, faiss::METRIC_INNER_PRODUCT};
};
#endif

}  // namespace

VectorSamples::VectorSamples(std::size_t count, std::size_t query_count) {
  Generator generator(std::max<std::size_t>(count / 100, 1));
  for (std::size_t i = 0; i < count; ++i) vectors.push_back(generator.next());
  for (std::size_t i = 0; i < query_count; ++i) queries.push_back(generator.next());
}

std::vector<Found> exact_nearest(const VectorSamples& samples, std::size_t k) {
  std::vector<Found> truth(samples.queries.size());
  on_two_threads(samples.queries.size(), [&](std::size_t at) {
    std::vector<std::pair<float, std::uint32_t>> scores;
    for (std::uint32_t i = 0; i < samples.vectors.size(); ++i) {
      scores.emplace_back(-dot(samples.queries[at], samples.vectors[i]), i);
    }
    std::partial_sort(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(k),
                      scores.end());
    for (std::size_t i = 0; i < k; ++i) truth[at].push_back(scores[i].second);
  });
  return truth;
}

std::unique_ptr<VectorLibrary> make_hnswlib() { return std::make_unique<Hnswlib>(); }

std::unique_ptr<VectorLibrary> make_faiss() {
#ifdef BENCH_FAISS
  return std::make_unique<Faiss>();
#else
  return nullptr;
#endif
}

}  // namespace bench
