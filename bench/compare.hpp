#pragma once

#include "measure.hpp"
#include "report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// What the command line asks of a benchmark: [--quick] [--json FILE].
struct Plan {
  bool quick = false;
  std::size_t runs = 5;
  std::chrono::milliseconds span{2000};
  std::string json{};
};

inline Plan read_arguments(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      plan.quick = true;
      plan.runs = 3;
      plan.span = std::chrono::seconds(1);
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      plan.json = argv[++i];
    } else {
      throw std::runtime_error(std::string("usage: ") + argv[0] + " [--quick] [--json FILE]");
    }
  }
  return plan;
}

/// A variable that bench/run.sh sets.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string(name) + " is not set; use bench/run.sh");
  return value;
}

/// A JSON object whose one text makes it about `size_bytes` long.
inline std::string sample_json(std::size_t size_bytes) {
  const std::string sentence = "The model said that the weather in Paris is mild and sunny. ";
  std::string text;
  while (text.size() < size_bytes) text += sentence;
  text.resize(size_bytes);
  return R"({"text":")" + text + R"("})";
}

/// A benchmark's main program. `name`: for its messages.
inline int run_main(int argc, char** argv, const std::string& name,
                    const std::function<std::vector<Row>(const Plan&)>& benchmark) {
  try {
    const Plan plan = read_arguments(argc, argv);
    print_header();
    const auto rows = benchmark(plan);
    if (!plan.json.empty()) write_json(plan.json, rows);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << '\n';
    return 1;
  }
}

/// Calls between two looks at the clock, as measure has them.
struct Batches {
  std::size_t ours = 1;
  std::size_t baseline = 1;
};

/// Measures `ours` and `baseline` in turn and fills in the row's numbers.
inline Row compare(const Plan& plan, Row row, const std::function<void(std::size_t)>& ours,
                   const std::function<void(std::size_t)>& baseline, Batches batches = {}) {
  std::vector<double> our_rates;
  std::vector<double> our_medians;
  std::vector<double> their_rates;
  std::vector<double> ratios;
  std::vector<double> p99_ratios;
  for (std::size_t run = 0; run < plan.runs; ++run) {
    const auto mine = measure(row.callers, plan.span, ours, batches.ours);
    const auto other = measure(row.callers, plan.span, baseline, batches.baseline);
    our_rates.push_back(mine.per_second);
    our_medians.push_back(mine.median_seconds);
    their_rates.push_back(other.per_second);
    ratios.push_back(mine.per_second / other.per_second);
    p99_ratios.push_back(mine.p99_seconds / other.p99_seconds);
  }
  row.ours_per_s = median(our_rates);
  row.ours_ns = median(our_medians) * 1e9;
  row.baseline_per_s = median(their_rates);
  row.ratio = median(ratios);
  row.p99_ratio = median(p99_ratios);
  row.runs = plan.runs;
  return row;
}

}  // namespace bench
