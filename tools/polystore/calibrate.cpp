#include "calibration.hpp"
#include "commands.hpp"

#include <fmt/core.h>

#include <array>
#include <span>
#include <string>

namespace polystore::tool {
namespace {

constexpr auto usual_thresholds = std::to_array<double>(
    {0.50, 0.60, 0.70, 0.75, 0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94, 0.96, 0.98});

struct Method {
  const char* name = "";
  const RateCurve* curve = nullptr;  // nothing: not asked for
};

struct NamedWhole {
  const char* name = "";
  Whole whole{};
};
constexpr auto wholes = std::to_array<NamedWhole>(
    {{"different", Whole::different}, {"hits", Whole::hits}, {"pairs", Whole::pairs}});

nlohmann::ordered_json json_of(const Rates& rates) {
  return {{"threshold", rates.threshold},
          {"hits", rates.hits},
          {"false_hits", rates.false_hits},
          {"precision", rates.precision()},
          {"recall", rates.recall()},
          {"hit_rate", rates.hit_rate()},
          {"false_hit_rate", rates.false_hit_rate()},
          {"false_hits_of_hits", rates.false_hit_rate(Whole::hits)},
          {"false_hits_of_pairs", rates.false_hit_rate(Whole::pairs)}};
}

std::string line_of(const Rates& rates) {
  return fmt::format("{:>9.4f} {:>6} {:>6} {:>9.4f} {:>7.4f} {:>8.4f} {:>10.4f} {:>9.4f} {:>9.4f}",
                     rates.threshold, rates.hits, rates.false_hits, rates.precision(),
                     rates.recall(), rates.hit_rate(), rates.false_hit_rate(),
                     rates.false_hit_rate(Whole::hits), rates.false_hit_rate(Whole::pairs));
}

constexpr const char* column_names =
    "threshold   hits  false precision  recall hit_rate false_hits   of_hits  of_pairs";

nlohmann::ordered_json tell_thresholds(Output& output, const Method& method,
                                       const std::vector<double>& asked) {
  auto rows = nlohmann::ordered_json::array();
  output.line(fmt::format("{}:", method.name));
  output.line(column_names);
  const std::span<const double> shown =
      asked.empty() ? std::span(usual_thresholds) : std::span(asked);
  for (const double threshold : shown) {
    const Rates rates = method.curve->at(threshold);
    output.line(line_of(rates));
    rows.push_back(json_of(rates));
  }
  return rows;
}

nlohmann::ordered_json tell_picks(Output& output, const Method& method, double bound) {
  nlohmann::ordered_json picks;
  for (const auto& [name, whole] : wholes) {
    const auto best = method.curve->best(bound, whole);
    picks[name] = best ? json_of(*best) : nlohmann::ordered_json();
    output.line(fmt::format("of {:<10} {}", name, best ? line_of(*best) : "no threshold keeps it"));
  }
  return picks;
}

void tell_counts(Output& output, const std::vector<LabelledPair>& pairs,
                 const VectorFile& vectors) {
  std::size_t same = 0;
  for (const LabelledPair& pair : pairs) same += pair.same ? 1U : 0U;
  output.set("pairs", pairs.size());
  output.set("same", same);
  output.set("different", pairs.size() - same);
  output.set("dimensions", vectors.dimensions);
  output.line(fmt::format("{} pairs, {} the same, {} different; {} dimensions", pairs.size(), same,
                          pairs.size() - same, vectors.dimensions));
}

}  // namespace

ExitCode calibrate(Run& run) {
  const CalibrateArguments& arguments = run.arguments.calibrate;
  if (!arguments.plot.empty() && !is_plot_name(arguments.plot)) {
    throw_invalid_argument("calibrate", "plot", "the file must be named .svg or .png");
  }
  const auto pairs = read_pairs(arguments.pairs);
  const VectorFile vectors = read_vectors(arguments.vectors);
  auto scored = score(pairs, vectors, arguments.guard);
  const RateCurve guarded(scored);
  for (ScoredPair& pair : scored) pair.refused = false;
  const RateCurve plain(std::move(scored));
  const std::array<Method, 2> methods{
      {{"plain", &plain}, {"guarded", arguments.guard ? &guarded : nullptr}}};

  Output& output = run.output;
  tell_counts(output, pairs, vectors);
  output.set("max_false_hit_rate", arguments.max_false_hit_rate);
  for (const Method& method : methods) {
    if (method.curve == nullptr) continue;
    nlohmann::ordered_json report;
    output.line("");
    report["thresholds"] = tell_thresholds(output, method, arguments.thresholds);
    output.line(
        fmt::format("most hits with false hits of at most {}:", arguments.max_false_hit_rate));
    report["picked"] = tell_picks(output, method, arguments.max_false_hit_rate);
    output.set(method.name, std::move(report));
  }
  const auto best =
      (arguments.guard ? guarded : plain).best(arguments.max_false_hit_rate, Whole::different);
  output.set("threshold",
             best ? nlohmann::ordered_json(best->threshold) : nlohmann::ordered_json());
  output.line("");
  output.line(best ? fmt::format("threshold {}", best->threshold)
                   : "no threshold keeps the bound: allow more false hits");
  if (!arguments.plot.empty()) {
    write_plot({.plain = plain, .guarded = methods[1].curve, .bound = arguments.max_false_hit_rate},
               arguments.plot);
  }
  return best ? ExitCode::good : ExitCode::found;
}

}  // namespace polystore::tool
