#include "commands.hpp"

#include <fmt/core.h>

namespace polystore::tool {
namespace {

nlohmann::ordered_json json_of(const ErasureProof& proof) {
  nlohmann::ordered_json ids = nlohmann::ordered_json::array();
  for (const ContentId& id : proof.ids) ids.push_back(id.to_string());
  return {{"user", proof.user_known},
          {"contents", proof.contents},
          {"outbox_entries", proof.outbox_entries},
          {"outputs", proof.outputs},
          {"outputs_queued", proof.outputs_queued},
          {"vectors", proof.vectors},
          {"bodies", proof.bodies},
          {"unreadable", proof.unreadable},
          {"ids", std::move(ids)}};
}

}  // namespace

ExitCode prove_erased(Run& run) {
  ContentStore store = open_store(run);
  const auto proof = store.maintenance().prove_erased(run.arguments.user_id, run.deadline);
  run.output.set("proven", proof.proven());
  run.output.set("complete", proof.complete);
  run.output.set("left", json_of(proof));
  run.output.set("scanned", nlohmann::ordered_json{{"outbox_entries", proof.scanned_outbox_entries},
                                                   {"outputs", proof.scanned_outputs},
                                                   {"bodies", proof.scanned_bodies},
                                                   {"vectors", proof.scanned_vectors}});
  run.output.line(fmt::format("user           {}", proof.user_known ? "still known" : "not known"));
  run.output.line(fmt::format("contents left  {}", proof.contents));
  run.output.line(fmt::format("outbox left    {} of {} entries", proof.outbox_entries,
                              proof.scanned_outbox_entries));
  run.output.line(fmt::format("outputs left   {} of {}; relay removes {} of them", proof.outputs,
                              proof.scanned_outputs, proof.outputs_queued));
  run.output.line(fmt::format("bodies left    {} of {}", proof.bodies, proof.scanned_bodies));
  run.output.line(fmt::format("vectors left   {} of {}", proof.vectors, proof.scanned_vectors));
  run.output.line(fmt::format("unreadable     {}", proof.unreadable));
  for (const ContentId& id : proof.ids) run.output.line("  " + id.to_string());
  if (!proof.complete) run.output.line("the deadline came before all was looked at");
  run.output.line(proof.proven() ? "nothing of the user is left" : "not proven");
  if (proof.proven()) return ExitCode::good;
  const bool found = proof.user_known || proof.contents + proof.outbox_entries + proof.outputs +
                                                 proof.bodies + proof.vectors + proof.unreadable !=
                                             0;
  return found ? ExitCode::found : ExitCode::late;
}

}  // namespace polystore::tool
