#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// One comparison. ratio: our throughput by the baseline's; p99_ratio: our p99 latency by the
/// baseline's. Both are medians over runs of pairs that were measured in turn.
struct Row {
  std::string bench{};
  std::size_t callers = 0;
  std::size_t size_bytes = 0;
  double ours_per_s = 0;
  double ours_ns = 0;  ///< The median of what one of our calls took.
  std::string baseline{};
  double baseline_per_s = 0;
  double ratio = 0;
  double p99_ratio = 0;
  std::size_t runs = 0;
};

void print_header();
void print(const Row& row);

/// Writes the rows as a JSON array. Throws std::runtime_error when the file cannot be written.
void write_json(const std::string& path, const std::vector<Row>& rows);

}  // namespace bench
