#include "commands.hpp"
#include "progress.hpp"

#include <fmt/core.h>

namespace polystore::tool {

ExitCode sweep(Run& run) {
  ContentStore store = open_store(run);
  SweepOptions options{.min_age = run.arguments.min_age,
                       .largest_share = run.arguments.largest_share,
                       .dry_run = run.arguments.dry_run};
  SweepReport all;
  {
    Progress progress("sweep", !run.arguments.json && !run.arguments.quiet);
    if (progress.shown()) {
      options.progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.show(all.scanned + done, total);
      };
    }
    do {
      const SweepReport part = store.maintenance().sweep(options, run.deadline);
      all.scanned += part.scanned;
      all.orphans += part.orphans;
      all.removed += part.removed;
      all.complete = part.complete;
      options.after = part.next;
      // Nowhere to go on: the deadline came while it removed what the first stretch had.
    } while (!all.complete && options.after && !run.deadline.expired());
  }
  run.output.set("dry_run", options.dry_run);
  run.output.set("complete", all.complete);
  run.output.set("scanned", all.scanned);
  run.output.set("orphans", all.orphans);
  run.output.set("removed", all.removed);
  run.output.line(fmt::format("outputs looked at   {}{}", all.scanned,
                              all.complete ? "" : "; the deadline came before the end"));
  run.output.line(fmt::format("without a row       {}", all.orphans));
  run.output.line(fmt::format("removed             {}{}", all.removed,
                              options.dry_run ? " (a dry run removes nothing)" : ""));
  return all.complete ? ExitCode::good : ExitCode::late;
}

}  // namespace polystore::tool
