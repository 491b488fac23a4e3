#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cached_generation {

/// Draws 0, 1, 2, … below `items`, each item k with a probability proportional to
/// 1 / (k + 1)^exponent, as requests of people repeat (Breslau et al., "Web Caching and Zipf-like
/// Distributions", INFOCOM 1999). The same seed draws the same on every machine. One thread.
class ZipfSampler {
 public:
  /// Throws std::invalid_argument without items, or for an exponent below 0 or not finite.
  ZipfSampler(std::size_t items, double exponent, std::uint64_t seed);

  std::size_t next();

 private:
  double next_unit();

  std::vector<double> cumulative_;
  std::uint64_t state_;
};

/// What is asked, in order; requests are indexes of prompts.
struct Trace {
  std::vector<std::string> prompts;
  std::vector<std::size_t> requests;

  /// How many different prompts are asked: so often a model must be called at least.
  [[nodiscard]] std::size_t distinct_prompts() const;
};

/// The trace cut into pieces of so many requests; the last may be shorter.
std::vector<Trace> pieces_of(const Trace& trace, std::size_t requests);

struct TraceOptions {
  std::size_t prompts = 40;
  std::size_t requests = 200;
  double exponent = 1.0;
  std::uint64_t seed = 20261125;
};

/// A trace over prompts out of a file like examples/data/generations.jsonl, of which the seed
/// chooses which and how popular each is. Throws std::runtime_error for a file that cannot be read
/// or holds too few different prompts.
Trace make_trace(const std::string& path, const TraceOptions& options);

}  // namespace cached_generation
