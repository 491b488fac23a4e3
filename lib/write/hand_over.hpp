#pragma once

#include "polystore/deadline.hpp"

#include "ports/outbox_port.hpp"
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

}  // namespace polystore::write
