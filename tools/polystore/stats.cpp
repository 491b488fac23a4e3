#include "commands.hpp"

#include <fmt/core.h>

namespace polystore::tool {

ExitCode stats(Run& run) {
  ContentStore store = open_store(run);
  // What only the metadata store is asked for, so that it can be had while outputs are down.
  const OutboxStatus outbox = store.maintenance().outbox_status(run.deadline);
  run.output.set("outbox", nlohmann::ordered_json{{"pending", outbox.pending},
                                                  {"pending_bytes", outbox.pending_bytes},
                                                  {"oldest_seconds", outbox.oldest.count()},
                                                  {"dead", outbox.dead}});
  run.output.line(fmt::format("outbox: waiting  {}", outbox.pending));
  run.output.line(fmt::format("outbox: bytes    {}", outbox.pending_bytes));
  run.output.line(fmt::format("outbox: oldest   {} s", outbox.oldest.count()));
  run.output.line(fmt::format("outbox: given up {}", outbox.dead));
  return ExitCode::good;
}

}  // namespace polystore::tool
