#include "write/erased_copies.hpp"

#include "polystore/error.hpp"

#include "write/hand_over.hpp"

#include <algorithm>

namespace polystore::write {

QueuedCopies erase_copies(ports::MetadataTransaction& transaction,
                          const std::vector<ContentId>& ids, Deadline deadline) {
  QueuedCopies queued{.ids = ids};
  if (ids.empty()) return queued;
  if (ports::OutputWriter* colocated = transaction.colocated_outputs()) {
    // Those with an embedding or a body go through the outbox in any case: it is elsewhere.
    queued.ids.clear();
    for (const auto& found : colocated->find_attached(ids, deadline)) {
      queued.ids.push_back(found.id);
    }
    std::vector<ContentId> now = ids;
    std::erase_if(now, [&](const ContentId& id) {
      return std::ranges::find(queued.ids, id) != queued.ids.end();
    });
    colocated->erase(now, deadline);
  }
  if (queued.ids.empty()) return queued;
  std::vector<ports::OutboxEntry> entries;
  for (const ContentId& id : queued.ids) {
    entries.push_back({.id = id, .operation = ports::OutboxOperation::erase});
  }
  queued.sequences = transaction.enqueue(entries, deadline);
  return queued;
}

bool remove_copies(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                   const QueuedCopies& queued, Deadline deadline) {
  try {
    outputs.erase(queued.ids, for_outputs(deadline));
    metadata.complete_outbox(queued.sequences, deadline);
    return true;
  } catch (const Error&) {
    return false;  // committed all the same: the outbox has it
  }
}

}  // namespace polystore::write
