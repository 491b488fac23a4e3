#include "write/hand_over.hpp"

#include "polystore/error.hpp"

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

}  // namespace polystore::write
