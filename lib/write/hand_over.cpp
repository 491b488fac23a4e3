#include "write/hand_over.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <vector>

namespace polystore::write {

bool hand_over_documents(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                         std::span<const ports::OutputDocument> documents,
                         std::span<const std::int64_t> queued, Deadline deadline) {
  try {
    if (!std::ranges::all_of(outputs.write(documents, for_outputs(deadline)), is_applied)) {
      return false;
    }
    complete_entries(metadata, outputs, queued, documents, deadline);
    return true;
  } catch (const Error&) {
    return false;  // committed all the same: the outbox has it
  }
}

void complete_entries(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                      std::span<const std::int64_t> sequences,
                      std::span<const ports::OutputDocument> written, Deadline deadline) {
  if (sequences.empty()) return;
  if (metadata.complete_outbox(sequences, deadline) == sequences.size()) return;
  std::vector<ContentId> ids;
  for (const auto& document : written) ids.push_back(document.id);
  if (ids.empty()) return;
  try {
    const auto states = metadata.read_states(ids, deadline);
    std::vector<ContentId> erased;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!states[i]) erased.push_back(ids[i]);
    }
    if (!erased.empty()) outputs.erase(erased, deadline);
  } catch (const Error&) {
    // Left to the sweeper.
  }
}

}  // namespace polystore::write
