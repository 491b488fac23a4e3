#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace polystore::test {

/// Seeded vectors in clusters, as embeddings are.
class Samples {
 public:
  explicit Samples(std::size_t dimensions, std::size_t clusters = 50, unsigned seed = 1)
      : random_(seed) {
    for (std::size_t i = 0; i < clusters; ++i) centres_.push_back(gaussian(dimensions, 1));
  }

  std::vector<float> next() {
    const auto& centre = centres_[random_() % centres_.size()];
    std::vector<float> values = gaussian(centre.size(), 0.5);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += centre[i];
    return values;
  }

  std::vector<std::vector<float>> next(std::size_t count) {
    std::vector<std::vector<float>> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(next());
    return all;
  }

 private:
  std::vector<float> gaussian(std::size_t dimensions, double spread) {
    std::normal_distribution<double> normal(0, spread);
    std::vector<float> values(dimensions);
    for (float& value : values) value = static_cast<float>(normal(random_));
    return values;
  }

  std::mt19937 random_;
  std::vector<std::vector<float>> centres_;
};

}  // namespace polystore::test
