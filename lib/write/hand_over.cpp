#include "write/hand_over.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <vector>

namespace polystore::write {

bool hand_over(ports::OutboxPort& outbox, std::span<const std::int64_t> queued, Deadline deadline,
               const std::function<bool(Deadline)>& apply) {
  try {
    if (!apply(for_outputs(deadline))) return false;
    outbox.complete_outbox(queued, deadline);
    return true;
  } catch (const Error&) {
    return false;  // committed all the same: the outbox has it
  }
}

bool hand_over_documents(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                         std::span<const ports::OutputDocument> documents,
                         std::span<const std::int64_t> queued, Deadline deadline) {
  try {
    if (!std::ranges::all_of(outputs.write(documents, for_outputs(deadline)), is_applied)) {
      return false;
    }
    if (metadata.complete_outbox(queued, deadline) == queued.size()) return true;
    std::vector<ContentId> ids;
    for (const auto& document : documents) ids.push_back(document.id);
    take_back_erased(metadata, outputs, ids, deadline);
    return true;
  } catch (const Error&) {
    return false;  // committed all the same: the outbox has it, or the sweeper finds it
  }
}

void take_back_erased(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                      std::span<const ContentId> ids, Deadline deadline) {
  if (ids.empty()) return;
  const auto states = metadata.read_states(ids, deadline);
  std::vector<ContentId> erased;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!states[i]) erased.push_back(ids[i]);
  }
  if (!erased.empty()) outputs.erase(erased, deadline);
}

}  // namespace polystore::write
