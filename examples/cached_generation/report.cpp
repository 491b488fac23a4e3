#include "report.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string_view>

namespace cached_generation {

namespace {

double milliseconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

double nearest_rank(const std::vector<double>& sorted, double percent) {
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::string_view word_for(polystore::Source source) {
  switch (source) {
    case polystore::Source::near_cache:
      return "near_cache";
    case polystore::Source::cache:
      return "cache";
    case polystore::Source::semantic:
      return "semantic";
    case polystore::Source::generated:
      return "generated";
    case polystore::Source::stale:
      return "stale";
  }
  return "unknown";
}

nlohmann::ordered_json json_of(const Distribution& distribution) {
  return {{"mean", distribution.mean},
          {"p50", distribution.p50},
          {"p90", distribution.p90},
          {"p99", distribution.p99},
          {"max", distribution.max}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

void print_distribution(const std::string& name, const Distribution& distribution) {
  fmt::print("  {:<14} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f}\n", name,
             distribution.mean, distribution.p50, distribution.p90, distribution.p99,
             distribution.max);
}

void print_heading(std::string_view title) {
  fmt::print("{:<16} {:>10} {:>10} {:>10} {:>10} {:>10}\n", title, "mean", "p50", "p90", "p99",
             "max");
}

}  // namespace

Distribution distribution_of(std::vector<double> milliseconds) {
  if (milliseconds.empty()) throw std::invalid_argument("no latency was measured");
  std::sort(milliseconds.begin(), milliseconds.end());
  const double sum = std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0);
  return {.mean = sum / static_cast<double>(milliseconds.size()),
          .p50 = nearest_rank(milliseconds, 50),
          .p90 = nearest_rank(milliseconds, 90),
          .p99 = nearest_rank(milliseconds, 99),
          .max = milliseconds.back()};
}

double Summary::hit_rate() const noexcept {
  return requests == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(requests);
}

Summary summary_of(const std::string& name, const Run& run) {
  std::vector<double> latencies;
  std::vector<double> first_chunks;
  Summary summary{.name = name,
                  .requests = run.calls.size(),
                  .model_calls = run.model_calls,
                  .latency = {},
                  .first_chunk = {}};
  for (const Call& call : run.calls) {
    latencies.push_back(milliseconds(call.latency));
    first_chunks.push_back(milliseconds(call.first_chunk));
    if (call.hit()) ++summary.hits;
    if (call.joined) ++summary.joined;
  }
  summary.requests_per_s =
      static_cast<double>(run.calls.size()) / std::chrono::duration<double>(run.duration).count();
  summary.latency = distribution_of(std::move(latencies));
  summary.first_chunk = distribution_of(std::move(first_chunks));
  return summary;
}

double saved(const Summary& baseline, const Summary& summary) {
  return 1 - summary.latency.mean / baseline.latency.mean;
}

void print_table(std::span<const Summary> summaries) {
  fmt::print("{:<16} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "requests", "all", "from cache",
             "joined", "generated", "per second");
  for (const Summary& summary : summaries) {
    fmt::print("  {:<14} {:>10} {:>10} {:>10} {:>10} {:>10.2f}\n", summary.name, summary.requests,
               summary.hits, summary.joined, summary.model_calls, summary.requests_per_s);
  }
  print_heading("whole answer, ms");
  for (const Summary& summary : summaries) print_distribution(summary.name, summary.latency);
  print_heading("first chunk, ms");
  for (const Summary& summary : summaries) print_distribution(summary.name, summary.first_chunk);
}

void write_summaries(const std::string& path, std::span<const Summary> summaries) {
  std::string text;
  for (const Summary& summary : summaries) {
    text += nlohmann::ordered_json{{"run", summary.name},
                                   {"requests", summary.requests},
                                   {"hits", summary.hits},
                                   {"hit_rate", summary.hit_rate()},
                                   {"joined", summary.joined},
                                   {"model_calls", summary.model_calls},
                                   {"requests_per_s", summary.requests_per_s},
                                   {"latency_ms", json_of(summary.latency)},
                                   {"first_chunk_ms", json_of(summary.first_chunk)}}
                .dump();
    text += '\n';
  }
  write_file(path, text);
}

void write_calls(const std::string& path, const Run& run) {
  std::string text = "request,caller,prompt,source,joined,first_chunk_ms,latency_ms\n";
  for (std::size_t i = 0; i < run.calls.size(); ++i) {
    const Call& call = run.calls[i];
    text += fmt::format("{},{},{},{},{},{:.6f},{:.6f}\n", i + 1, call.caller, call.prompt,
                        word_for(call.source), call.joined ? 1 : 0, milliseconds(call.first_chunk),
                        milliseconds(call.latency));
  }
  write_file(path, text);
}

}  // namespace cached_generation
