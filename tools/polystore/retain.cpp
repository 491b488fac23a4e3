#include "commands.hpp"

#include <fmt/core.h>

namespace polystore::tool {

ExitCode retain(Run& run) {
  ContentStore store = open_store(run);
  const RetentionRule& rule = run.arguments.retention;
  const RetentionReport report = store.maintenance().apply_retention(rule, run.deadline);
  run.output.set("dry_run", rule.dry_run);
  run.output.set("complete", report.complete);
  run.output.set("matching", report.matching);
  run.output.set("erased", report.erased);
  run.output.set("outputs_pending", report.outputs_pending);
  if (rule.dry_run) {
    run.output.line(fmt::format("would be erased      {}", report.matching));
    return ExitCode::good;
  }
  run.output.line(fmt::format("erased               {}{}", report.erased,
                              report.complete ? "" : "; not all: call it again"));
  run.output.line(fmt::format("outputs still there  {}{}", report.outputs_pending,
                              report.outputs_pending == 0 ? "" : "; relay removes them"));
  return report.complete ? ExitCode::good : ExitCode::late;
}

}  // namespace polystore::tool
