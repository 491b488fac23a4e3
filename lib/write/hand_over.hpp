#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstdint>
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

/// Gives to the output store the documents that a transaction has queued one by one, which is
/// committed: spares the relay the work, and readers the outbox. False where that fails: the outbox
/// keeps its entries and the relay does it. True when it is done and the entries are gone, as
/// complete_entries does it. Blocks until the deadline at most. No Errors.
bool hand_over_documents(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                         std::span<const ports::OutputDocument> documents,
                         std::span<const std::int64_t> queued, Deadline deadline);

/// Removes the entries of what was done. Where some were gone, an erase may have come while a
/// document was on its way, and found nothing to erase: of `written`, what belongs to erased
/// contents is taken back; where that fails the sweeper does it. Blocks until the deadline at most.
/// Errors: those of complete_outbox.
void complete_entries(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                      std::span<const std::int64_t> sequences,
                      std::span<const ports::OutputDocument> written, Deadline deadline);

}  // namespace polystore::write
