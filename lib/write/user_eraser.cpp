#include "write/user_eraser.hpp"

#include "write/attempts.hpp"

#include <algorithm>
#include <vector>

namespace polystore::write {
namespace {

using ports::ErasedOfUser;

// Whether a batch whose commit went unanswered was applied: what `next` finds, the first batch
// after it, tells. It waited for the user's lock, so that commit is over.
bool was_applied(const ErasedOfUser& doubt, const ErasedOfUser& next) {
  if (doubt.ids.empty()) return !next.user_found;
  return std::ranges::find(next.ids, doubt.ids.front()) == next.ids.end();
}

}  // namespace

UserErased UserEraser::run(std::int64_t user_id, Deadline deadline) {
  Run run{.user_id = user_id, .deadline = deadline};
  try {
    do {
      erase_batch(run);
    } while (!run.erased.complete && !deadline.expired());
  } catch (const Error&) {
    if (!run.committed) throw;
  }
  return run.erased;
}

void UserEraser::erase_batch(Run& run) const {
  Attempts attempts(run.deadline);
  std::optional<Batch> doubt;
  for (;;) {
    try {
      return try_batch(run, doubt);
    } catch (const Error& error) {
      attempts.failed(error);
    }
  }
}

// Leaves in `doubt` the batch whose commit went unanswered, and settles the one that is in it.
void UserEraser::try_batch(Run& run, std::optional<Batch>& doubt) const {
  auto transaction = metadata_.begin(run.deadline);
  const ErasedOfUser batch = transaction->erase_user(run.user_id, batch_, run.deadline);
  if (doubt && was_applied(doubt->erased, batch)) count(run, *doubt);
  doubt.reset();
  run.erased.user_found = run.erased.user_found || batch.user_found;

  const QueuedCopies queued = erase_copies(*transaction, batch.ids, run.deadline);
  // Also for a user who is not known: there may be responses all the same, and a call before, whose
  // answer was lost, may have removed the user without anybody having heard of its number.
  const bool last = batch.user_removed || !batch.user_found;
  std::int64_t epoch = 0;
  if (last) epoch = transaction->invalidate_scope(Scope::user(run.user_id), run.deadline);
  try {
    transaction->commit(run.deadline);
  } catch (const Error& error) {
    if (error.outcome() == Outcome::unknown && batch.user_found) {
      doubt = Batch{batch, queued.ids.size()};
    }
    throw;
  }
  transaction.reset();  // gives its connection back: the next call may need it
  count(run, {batch, queued.ids.size()});
  run.erased.complete = last;
  run.erased.epoch = epoch;
  if (!queued.ids.empty()) erase_outputs(run, queued);
}

void UserEraser::count(Run& run, const Batch& batch) {
  run.committed = true;
  run.erased.contents += static_cast<std::int64_t>(batch.erased.ids.size());
  run.erased.outputs_pending += static_cast<std::int64_t>(batch.queued);
}

// Removes the read copies of a batch. Where that fails, the relay does it, and the rest of the call
// leaves them to it: the time is better spent on the metadata.
void UserEraser::erase_outputs(Run& run, const QueuedCopies& queued) const {
  if (run.outputs_fail) return;
  run.outputs_fail = !remove_copies(metadata_, outputs_, queued, run.deadline);
  if (!run.outputs_fail) {
    run.erased.outputs_pending -= static_cast<std::int64_t>(queued.ids.size());
  }
}

}  // namespace polystore::write
