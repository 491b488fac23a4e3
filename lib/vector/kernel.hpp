#pragma once

#include "polystore/vectors.hpp"

#include <cstddef>
#include <span>

namespace polystore::vector {

/// How the vectors of a space are kept in memory, and how near two are. There are two forms: the
/// numbers themselves (in a float32 space only), and a code of an eighth of a number's bits, with
/// which the graph finds candidates in a quarter of the memory traffic. For cosine both have the
/// length 1. Smaller distances are nearer; those of numbers and of codes are about the same.
/// The widest instructions that this processor has are chosen at the start.
/// A value type; any thread.
class Kernel {
 public:
  explicit Kernel(const VectorSpace& space) noexcept;

  [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }

  /// How many floats the numbers take; zero in an int8 space.
  [[nodiscard]] std::size_t number_count() const noexcept { return number_count_; }
  /// Writes number_count() floats. There must be as many values as dimensions, all finite.
  void encode_numbers(std::span<const float> values, float* numbers) const noexcept;
  [[nodiscard]] float number_distance(const float* a, const float* b) const noexcept {
    return number_distance_(a, b, number_count_);
  }

  /// How many bytes a code takes: a multiple of 8, which its address must be, too.
  [[nodiscard]] std::size_t code_bytes() const noexcept { return padded_ + 8; }
  /// Writes code_bytes() bytes.
  void encode_code(std::span<const float> values, std::byte* code) const noexcept;
  [[nodiscard]] float code_distance(const std::byte* a, const std::byte* b) const noexcept {
    return code_distance_(a, b, padded_);
  }

  /// What Neighbour::score says of a distance.
  [[nodiscard]] float score(float distance) const noexcept;

 private:
  using NumberDistance = float (*)(const float*, const float*, std::size_t);
  using CodeDistance = float (*)(const std::byte*, const std::byte*, std::size_t);

  [[nodiscard]] double unit_factor(std::span<const float> values) const noexcept;

  Metric metric_;
  std::size_t dimensions_;
  std::size_t padded_;  // with zeros, so that no loop has a rest
  std::size_t number_count_;
  NumberDistance number_distance_;
  CodeDistance code_distance_;
};

}  // namespace polystore::vector
