#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace polystore::write {

/// What the output store may take of the time left, so that enough remains for the metadata store:
/// for the outbox, and the commit.
[[nodiscard]] inline Deadline for_outputs(Deadline deadline) noexcept {
  return deadline.within(deadline.remaining() / 2);
}

/// Whether nothing is left to do for what was written: the output store has it, or a newer version.
[[nodiscard]] inline bool is_applied(const ports::OutputOutcome& outcome) noexcept {
  return outcome.status == ports::OutputStatus::stored ||
         outcome.status == ports::OutputStatus::superseded;
}

/// Gives to the output store what a transaction has queued, which is committed: spares the relay
/// the work, and readers the outbox. `apply` does it by its deadline, a share of `deadline`; where
/// it returns false or throws an Error, the outbox keeps its entries and the relay does it.
/// True when it is done and the entries are gone. Blocks until the deadline at most. No Errors.
bool hand_over(ports::OutboxPort& outbox, std::span<const std::int64_t> queued, Deadline deadline,
               const std::function<bool(Deadline)>& apply);

/// As hand_over, for documents that a transaction has queued one by one. An erase that came between
/// the commit and the write found nothing to erase: what was written for it is taken back. No
/// Errors.
bool hand_over_documents(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                         std::span<const ports::OutputDocument> documents,
                         std::span<const std::int64_t> queued, Deadline deadline);

/// Erases outputs of ids that were erased: a write that was on its way then came after the erase.
/// Their entries were gone when it was done. Blocks until the deadline at most. Errors: of both
/// stores; the sweeper does it then.
void take_back_erased(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                      std::span<const ContentId> ids, Deadline deadline);

}  // namespace polystore::write
