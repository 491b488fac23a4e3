#include "calibration.hpp"

#include <fmt/core.h>
#include <polystore/error.hpp>
#include <polystore/prompt_guard.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace polystore::tool {
namespace {

double share(std::size_t part, std::size_t whole) noexcept {
  return static_cast<double>(part) / static_cast<double>(whole);
}

double cosine(std::span<const double> a, std::span<const double> b) noexcept {
  double product = 0;
  double square_a = 0;
  double square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += a[i] * b[i];
    square_a += a[i] * a[i];
    square_b += b[i] * b[i];
  }
  return std::clamp(product / (std::sqrt(square_a) * std::sqrt(square_b)), -1.0, 1.0);
}

}  // namespace

double Rates::hit_rate() const noexcept { return share(hits, pairs); }
double Rates::recall() const noexcept { return share(hits - false_hits, same); }
double Rates::precision() const noexcept { return hits == 0 ? 1 : share(hits - false_hits, hits); }

double Rates::false_hit_rate(Whole whole) const noexcept {
  switch (whole) {
    case Whole::hits:
      return hits == 0 ? 0 : share(false_hits, hits);
    case Whole::pairs:
      return share(false_hits, pairs);
    case Whole::different:
      break;
  }
  return share(false_hits, pairs - same);
}

std::vector<ScoredPair> score(const std::vector<LabelledPair>& pairs, const VectorFile& vectors,
                              bool guarded) {
  if (vectors.rows != 2 * pairs.size()) {
    throw_invalid_argument(
        "calibrate", "vectors",
        fmt::format("{} pairs need {} vectors, two for each, and there are {}; embed this file of "
                    "pairs again, as examples/embed_pairs.py does",
                    pairs.size(), 2 * pairs.size(), vectors.rows));
  }
  std::vector<ScoredPair> scored;
  scored.reserve(pairs.size());
  const std::span<const double> values(vectors.values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto row = [&](std::size_t at) {
      return values.subspan(at * vectors.dimensions, vectors.dimensions);
    };
    const bool refused =
        guarded && prompt_difference(pairs[i].a, pairs[i].b) != PromptDifference::none;
    scored.push_back({cosine(row(2 * i), row(2 * i + 1)), pairs[i].same, refused});
  }
  return scored;
}

RateCurve::RateCurve(std::vector<ScoredPair> pairs) {
  std::ranges::sort(pairs, std::ranges::greater(), &ScoredPair::cosine);
  Rates rates;
  rates.pairs = pairs.size();
  rates.same = static_cast<std::size_t>(std::ranges::count(pairs, true, &ScoredPair::same));
  rates.threshold = 2;  // nothing is a hit
  points_.push_back(rates);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].refused) {
      ++rates.hits;
      rates.false_hits += pairs[i].same ? 0U : 1U;
    }
    const bool tied = i + 1 < pairs.size() && pairs[i + 1].cosine == pairs[i].cosine;
    if (tied || rates.hits == points_.back().hits) continue;
    rates.threshold = pairs[i].cosine;
    points_.push_back(rates);
  }
}

Rates RateCurve::at(double threshold) const {
  const auto after = std::ranges::find_if(
      points_, [&](const Rates& point) { return point.threshold < threshold; });
  Rates rates = after == points_.begin() ? points_.front() : *std::prev(after);
  rates.threshold = threshold;
  return rates;
}

std::optional<Rates> RateCurve::best(double bound, Whole whole) const {
  std::optional<Rates> best;
  for (const Rates& point : points_) {
    if (point.hits > 0 && point.false_hit_rate(whole) <= bound &&
        (!best || point.hits > best->hits)) {
      best = point;
    }
  }
  return best;
}

}  // namespace polystore::tool
