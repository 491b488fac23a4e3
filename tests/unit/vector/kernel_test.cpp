#include "vector/kernel.hpp"

#include "unit/vector/samples.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace polystore;
using Catch::Approx;
using polystore::vector::Kernel;

namespace {

using Values = std::vector<float>;

double plain_score(Metric metric, const Values& a, const Values& b) {
  double dot = 0;
  double squares = 0;
  double a_squares = 0;
  double b_squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    squares += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    a_squares += double{a[i]} * a[i];
    b_squares += double{b[i]} * b[i];
  }
  if (metric == Metric::dot) return dot;
  return metric == Metric::l2 ? std::sqrt(squares) : dot / std::sqrt(a_squares * b_squares);
}

double number_score(const Kernel& kernel, const Values& a, const Values& b) {
  Values left(kernel.number_count());
  Values right(kernel.number_count());
  kernel.encode_numbers(a, left.data());
  kernel.encode_numbers(b, right.data());
  return kernel.score(kernel.number_distance(left.data(), right.data()));
}

double code_score(const Kernel& kernel, const Values& a, const Values& b) {
  std::vector<std::byte> left(kernel.code_bytes());
  std::vector<std::byte> right(kernel.code_bytes());
  kernel.encode_code(a, left.data());
  kernel.encode_code(b, right.data());
  return kernel.score(kernel.code_distance(left.data(), right.data()));
}

constexpr Metric metrics[] = {Metric::cosine, Metric::dot, Metric::l2};

}  // namespace

TEST_CASE("scores are those of plain loops, for every number of dimensions") {
  for (const Metric metric : metrics) {
    for (std::size_t dimensions = 1; dimensions <= 100; ++dimensions) {
      const Kernel kernel({.dimensions = dimensions, .metric = metric});
      test::Samples samples(dimensions);
      const Values a = samples.next();
      const Values b = samples.next();
      INFO(static_cast<int>(metric) << " " << dimensions);
      CHECK(number_score(kernel, a, b) == Approx(plain_score(metric, a, b)).margin(1e-4));
    }
  }
}

TEST_CASE("scores of codes are near") {
  for (const Metric metric : metrics) {
    for (const std::size_t dimensions : {1U, 31U, 32U, 33U, 384U, 1000U}) {
      const Kernel kernel(
          {.dimensions = dimensions, .metric = metric, .encoding = VectorEncoding::int8});
      CHECK(kernel.number_count() == 0);
      test::Samples samples(dimensions);
      const Values a = samples.next();
      const Values b = samples.next();
      const double scale = metric == Metric::cosine ? 1 : static_cast<double>(dimensions);
      INFO(static_cast<int>(metric) << " " << dimensions);
      CHECK(code_score(kernel, a, b) == Approx(plain_score(metric, a, b)).margin(0.02 * scale));
    }
  }
}

TEST_CASE("extreme numbers neither overflow nor become no number") {
  for (const Metric metric : metrics) {
    const Kernel kernel({.dimensions = 8192, .metric = metric});
    for (const float value : {1e15F, -1e15F, 1e-38F, 1e-45F}) {
      const Values a(8192, value);
      Values b(8192, -value);
      b[0] = value;
      CHECK(std::isfinite(number_score(kernel, a, b)));
      CHECK(std::isfinite(code_score(kernel, a, b)));
    }
  }
  const Kernel cosine({.dimensions = 3});
  CHECK(number_score(cosine, {1e-45F, 0, 0}, {1e15F, 0, 0}) == Approx(1));
  CHECK(code_score(cosine, {1e-45F, 0, 0}, {-1e15F, 0, 0}) == Approx(-1));
}
