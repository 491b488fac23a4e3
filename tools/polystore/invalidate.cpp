#include "commands.hpp"

#include <fmt/core.h>
#include <polystore/response_cache.hpp>

namespace polystore::tool {

ExitCode invalidate(Run& run) {
  ContentStore store = open_store(run);
  const Scope& scope = run.arguments.scope.value();
  run.output.set("dry_run", run.arguments.dry_run);
  if (!run.arguments.dry_run) {
    store.cache().invalidate(scope, run.deadline);
    run.output.line("invalidated: no process gives these answers any more");
    return ExitCode::good;
  }
  const InvalidationReceipt receipt = store.cache().count(scope, run.deadline);
  run.output.set("complete", receipt.complete);
  run.output.set("entries", receipt.entries);
  run.output.line(fmt::format("stored answers that would go   {}{}", receipt.entries,
                              receipt.complete ? "" : "; the deadline came before the end"));
  return receipt.complete ? ExitCode::good : ExitCode::late;
}

}  // namespace polystore::tool
