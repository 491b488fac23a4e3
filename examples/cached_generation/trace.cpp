#include "trace.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

namespace cached_generation {

namespace {

// SplitMix64. The distributions of <random> differ between standard libraries.
std::uint64_t next_bits(std::uint64_t& state) {
  std::uint64_t bits = state += 0x9E3779B97F4A7C15ULL;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
  return bits ^ (bits >> 31);
}

// The last message of each line, once.
std::vector<std::string> read_prompts(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<std::string> prompts;
  std::set<std::string> seen;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    try {
      const auto entry = nlohmann::json::parse(line);
      auto prompt = entry.at("request").at("messages").back().at("content").get<std::string>();
      if (seen.insert(prompt).second) prompts.push_back(std::move(prompt));
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(fmt::format("{} line {}: {}", path, number, error.what()));
    }
  }
  return prompts;
}

// The lines of the file are in an order of topics: the first of them would be much alike.
void shuffle(std::vector<std::string>& prompts, std::uint64_t seed) {
  for (std::size_t left = prompts.size(); left > 1; --left) {
    std::swap(prompts[left - 1], prompts[next_bits(seed) % left]);
  }
}

}  // namespace

ZipfSampler::ZipfSampler(std::size_t items, double exponent, std::uint64_t seed) : state_(seed) {
  if (items == 0) throw std::invalid_argument("a Zipf distribution needs an item");
  if (!std::isfinite(exponent) || exponent < 0) {
    throw std::invalid_argument("the exponent of a Zipf distribution is a number from 0 on");
  }
  double sum = 0;
  for (std::size_t rank = 1; rank <= items; ++rank) {
    sum += std::pow(static_cast<double>(rank), -exponent);
    cumulative_.push_back(sum);
  }
}

std::size_t ZipfSampler::next() {
  const double at = next_unit() * cumulative_.back();
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at);
  return static_cast<std::size_t>(found - cumulative_.begin());
}

double ZipfSampler::next_unit() { return static_cast<double>(next_bits(state_) >> 11) * 0x1p-53; }

std::size_t Trace::distinct_prompts() const {
  return std::set<std::size_t>(requests.begin(), requests.end()).size();
}

std::vector<Trace> pieces_of(const Trace& trace, std::size_t requests) {
  std::vector<Trace> pieces;
  for (std::size_t at = 0; at < trace.requests.size(); at += requests) {
    const auto begin = trace.requests.begin() + static_cast<std::ptrdiff_t>(at);
    const auto size = std::min(requests, trace.requests.size() - at);
    pieces.push_back(
        {.prompts = trace.prompts, .requests = {begin, begin + static_cast<std::ptrdiff_t>(size)}});
  }
  return pieces;
}

Trace make_trace(const std::string& path, const TraceOptions& options) {
  Trace trace{.prompts = read_prompts(path), .requests = {}};
  if (trace.prompts.size() < options.prompts) {
    throw std::runtime_error(fmt::format("{} holds {} different prompts, not {}", path,
                                         trace.prompts.size(), options.prompts));
  }
  shuffle(trace.prompts, options.seed);
  trace.prompts.resize(options.prompts);
  ZipfSampler sampler(options.prompts, options.exponent, options.seed);
  for (std::size_t i = 0; i < options.requests; ++i) trace.requests.push_back(sampler.next());
  return trace;
}

}  // namespace cached_generation
