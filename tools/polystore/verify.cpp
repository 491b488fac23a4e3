#include "commands.hpp"
#include "progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace polystore::tool {
namespace {

nlohmann::ordered_json json_of(const Finding& finding) {
  return {{"violation", to_string(finding.violation)},
          {"invariant", finding.invariant()},
          {"id", finding.id.to_string()},
          {"repaired", finding.repaired},
          {"text", finding.text}};
}

void tell(Output& output, const VerifyReport& report, std::uint64_t found) {
  auto findings = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back(json_of(finding));
    output.line(fmt::format("{} {:<16} {} {}{}", finding.invariant(), to_string(finding.violation),
                            finding.id.to_string(), finding.text,
                            finding.repaired ? " (repaired)" : ""));
  }
  nlohmann::ordered_json counts;
  for (std::size_t i = 0; i < violations; ++i) {
    counts[std::string(to_string(static_cast<Violation>(i)))] = report.counts[i];
  }
  output.set("complete", report.complete);
  output.set("checked", nlohmann::ordered_json{{"rows", report.rows},
                                               {"outputs", report.outputs},
                                               {"outbox_entries", report.outbox_entries},
                                               {"tombstones", report.tombstones}});
  output.set("violations", found);
  output.set("counts", std::move(counts));
  output.set("findings", std::move(findings));
  output.line(fmt::format("checked {} rows, {} outputs, {} outbox entries, {} tombstones{}",
                          report.rows, report.outputs, report.outbox_entries, report.tombstones,
                          report.complete ? "" : "; the deadline came before the end"));
  output.line(fmt::format("{} violations{}", found,
                          found > report.findings.size() ? ", of which the first are listed" : ""));
}

}  // namespace

ExitCode verify(Run& run) {
  ContentStore store = open_store(run);
  VerifyReport report;
  {
    Progress progress("verify", !run.arguments.json && !run.arguments.quiet);
    VerifyOptions options{.repair = run.arguments.repair, .min_age = run.arguments.min_age};
    if (progress.shown()) {
      options.progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.show(done, total);
      };
    }
    report = store.maintenance().verify(options, run.deadline);
  }
  const auto found = std::accumulate(report.counts.begin(), report.counts.end(), std::uint64_t{0});
  tell(run.output, report, found);
  if (found > 0) return ExitCode::found;
  return report.complete ? ExitCode::good : ExitCode::late;
}

}  // namespace polystore::tool
