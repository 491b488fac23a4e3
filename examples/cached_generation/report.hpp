#pragma once

#include "replay.hpp"

#include <span>
#include <string>
#include <vector>

namespace cached_generation {

/// Latencies in milliseconds. A percentile is the smallest value that so many percent of all do not
/// exceed (the nearest rank).
struct Distribution {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};

/// Throws std::invalid_argument without values.
Distribution distribution_of(std::vector<double> milliseconds);

/// A run in numbers.
struct Summary {
  std::string name;
  std::size_t requests = 0;
  std::size_t hits = 0;    ///< Came out of the cache.
  std::size_t joined = 0;  ///< Waited for the same answer to another caller.
  std::size_t model_calls = 0;
  double requests_per_s = 0;
  Distribution latency;
  Distribution first_chunk;

  [[nodiscard]] double hit_rate() const noexcept;
};

Summary summary_of(const std::string& name, const Run& run);

/// What share of the baseline's mean latency is saved: 0.8 for a fifth of it.
double saved(const Summary& baseline, const Summary& summary);

void print_table(std::span<const Summary> summaries);

/// One JSON object a line, one line a run. Throws std::runtime_error if it cannot be written, as
/// does write_calls.
void write_summaries(const std::string& path, std::span<const Summary> summaries);

/// A CSV file with one line a request, which plot.gp draws.
void write_calls(const std::string& path, const Run& run);

}  // namespace cached_generation
