#include "vector/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace polystore::vector {
namespace {

constexpr std::size_t lanes = 32;  // numbers that a round of a loop takes

// What follows the rounded numbers of a code.
struct CodeEnd {
  float step;            // that the numbers count
  float squared_length;  // of the rounded vector
};

CodeEnd end_of(const std::byte* code, std::size_t size) noexcept {
  CodeEnd end;  // NOLINT(*-member-init): filled by the copy
  std::memcpy(&end, code + size, sizeof end);
  return end;
}

const std::int8_t* rounded(const std::byte* code) noexcept {
  return reinterpret_cast<const std::int8_t*>(code);
}

// What turns sums of products into distances.

using FloatSum = float (*)(const float*, const float*, std::size_t) noexcept;
using Int8Dot = std::int32_t (*)(const std::int8_t*, const std::int8_t*, std::size_t) noexcept;

template <FloatSum Dot>
float negative_dot(const float* a, const float* b, std::size_t size) noexcept {
  return -Dot(a, b, size);
}

template <Int8Dot Dot>
float negative_dot_code(const std::byte* a, const std::byte* b, std::size_t size) noexcept {
  const float steps = end_of(a, size).step * end_of(b, size).step;
  return -steps * static_cast<float>(Dot(rounded(a), rounded(b), size));
}

template <Int8Dot Dot>
float squared_l2_code(const std::byte* a, const std::byte* b, std::size_t size) noexcept {
  const float squares = end_of(a, size).squared_length + end_of(b, size).squared_length;
  return std::max(0.0F, squares + 2 * negative_dot_code<Dot>(a, b, size));
}

// For any processor. The inner loops have a fixed length, so that compilers unroll them.

template <class Sum, class Number, class Term>
Sum sum_plain(const Number* a, const Number* b, std::size_t size, Term term) noexcept {
  Sum sums[8] = {};
  for (std::size_t i = 0; i < size; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += term(a[i + lane], b[i + lane]);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

float dot_plain(const float* a, const float* b, std::size_t size) noexcept {
  return sum_plain<float>(a, b, size, [](float x, float y) { return x * y; });
}

float squares_plain(const float* a, const float* b, std::size_t size) noexcept {
  return sum_plain<float>(a, b, size, [](float x, float y) { return (x - y) * (x - y); });
}

std::int32_t dot_int8_plain(const std::int8_t* a, const std::int8_t* b, std::size_t size) noexcept {
  return sum_plain<std::int32_t>(a, b, size, [](std::int32_t x, std::int32_t y) { return x * y; });
}

#if defined(__x86_64__)
#define POLYSTORE_AVX2 __attribute__((target("avx2,fma")))

POLYSTORE_AVX2 float sum_of(const __m256* sums) noexcept {
  const __m256 all =
      _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

POLYSTORE_AVX2 float dot_avx2(const float* a, const float* b, std::size_t size) noexcept {
  __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                    _mm256_setzero_ps()};
  for (std::size_t i = 0; i < size; i += lanes) {
    for (std::size_t part = 0; part < 4; ++part) {
      const std::size_t at = i + part * 8;
      sums[part] = _mm256_fmadd_ps(_mm256_loadu_ps(a + at), _mm256_loadu_ps(b + at), sums[part]);
    }
  }
  return sum_of(sums);
}

POLYSTORE_AVX2 float squares_avx2(const float* a, const float* b, std::size_t size) noexcept {
  __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                    _mm256_setzero_ps()};
  for (std::size_t i = 0; i < size; i += lanes) {
    for (std::size_t part = 0; part < 4; ++part) {
      const std::size_t at = i + part * 8;
      const __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a + at), _mm256_loadu_ps(b + at));
      sums[part] = _mm256_fmadd_ps(difference, difference, sums[part]);
    }
  }
  return sum_of(sums);
}

// The instruction multiplies unsigned by signed numbers: the signs of a go over to b. Two products
// of at most 127 * 127 fit into its 16 bits.
POLYSTORE_AVX2 std::int32_t dot_int8_avx2(const std::int8_t* a, const std::int8_t* b,
                                          std::size_t size) noexcept {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t i = 0; i < size; i += lanes) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
    const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + i));
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_abs_epi8(left), _mm256_sign_epi8(right, left));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
  }
  const __m128i four =
      _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xB1)));
}

bool has_avx2() noexcept { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
// Never called.
constexpr FloatSum dot_avx2 = dot_plain;
constexpr FloatSum squares_avx2 = squares_plain;
constexpr Int8Dot dot_int8_avx2 = dot_int8_plain;
constexpr bool has_avx2() noexcept { return false; }
#endif

template <class Function>
Function pick(Function wide, Function plain) noexcept {
  static const bool wide_works = has_avx2();
  return wide_works ? wide : plain;
}

}  // namespace

Kernel::Kernel(const VectorSpace& space) noexcept
    : metric_(space.metric),
      dimensions_(space.dimensions),
      padded_((space.dimensions + lanes - 1) / lanes * lanes),
      number_count_(space.encoding == VectorEncoding::float32 ? padded_ : 0),
      number_distance_(metric_ == Metric::l2
                           ? pick<NumberDistance>(squares_avx2, squares_plain)
                           : pick<NumberDistance>(negative_dot<dot_avx2>, negative_dot<dot_plain>)),
      code_distance_(
          metric_ == Metric::l2
              ? pick<CodeDistance>(squared_l2_code<dot_int8_avx2>, squared_l2_code<dot_int8_plain>)
              : pick<CodeDistance>(negative_dot_code<dot_int8_avx2>,
                                   negative_dot_code<dot_int8_plain>)) {}

// What makes the vector as long as the metric has it.
double Kernel::unit_factor(std::span<const float> values) const noexcept {
  if (metric_ != Metric::cosine) return 1;
  double squares = 0;
  for (const float value : values) squares += double{value} * value;
  return 1 / std::sqrt(squares);
}

void Kernel::encode_numbers(std::span<const float> values, float* numbers) const noexcept {
  const double factor = unit_factor(values);
  for (std::size_t i = 0; i < number_count_; ++i) {
    numbers[i] = i < values.size() ? static_cast<float>(values[i] * factor) : 0;
  }
}

void Kernel::encode_code(std::span<const float> values, std::byte* code) const noexcept {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const double step = largest == 0 ? 1.0 : double{largest} / 127;
  double squares = 0;
  for (std::size_t i = 0; i < padded_; ++i) {
    const double number = i < values.size() ? values[i] / step : 0;
    // To the nearest; the functions of <cmath> for that are calls on old processors.
    const auto whole = static_cast<std::int8_t>(number < 0 ? number - 0.5 : number + 0.5);
    squares += static_cast<double>(whole * whole);
    code[i] = static_cast<std::byte>(whole);
  }
  // The rounded vector has a length of its own.
  const double scale = metric_ == Metric::cosine ? 1 / std::sqrt(squares) : step;
  const CodeEnd end{static_cast<float>(scale), static_cast<float>(squares * scale * scale)};
  std::memcpy(code + padded_, &end, sizeof end);
}

float Kernel::score(float distance) const noexcept {
  switch (metric_) {
    case Metric::cosine:
      return std::clamp(-distance, -1.0F, 1.0F);
    case Metric::l2:
      return std::sqrt(distance);
    default:
      return -distance;
  }
}

}  // namespace polystore::vector
