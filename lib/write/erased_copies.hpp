#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstdint>
#include <vector>

namespace polystore::write {

/// The read copies that are removed after the commit of the transaction that erased their rows.
struct QueuedCopies {
  std::vector<ContentId> ids{};
  std::vector<std::int64_t> sequences{};  ///< Of their outbox entries.
};

/// Removes the read copies of rows that a transaction erased, in it where it can, and queues the
/// others: those in another store, and those with an embedding or a body. Blocks until the deadline
/// at most.
/// Errors: the transaction's.
QueuedCopies erase_copies(ports::MetadataTransaction& transaction,
                          const std::vector<ContentId>& ids, Deadline deadline);

/// Removes what was queued, once it is committed. False: the relay does it.
bool remove_copies(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                   const QueuedCopies& queued, Deadline deadline);

}  // namespace polystore::write
