#include "write/user_eraser.hpp"

#include "write/attempts.hpp"
#include "write/erased_copies.hpp"

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
  Run run{.user_id = user_id, .batches = BatchRun(deadline)};
  run.erased.complete = run.batches.repeat([&] {
    std::optional<Batch> doubt;
    return Attempts(deadline).repeat([&] { return try_batch(run, doubt); });
  });
  run.erased.outputs_pending = run.batches.outputs_pending();
  return run.erased;
}

// Leaves in `doubt` the batch whose commit went unanswered, and settles the one that is in it.
// Whether it was the last one.
bool UserEraser::try_batch(Run& run, std::optional<Batch>& doubt) const {
  const Deadline deadline = run.batches.deadline();
  auto transaction = metadata_.begin(deadline);
  const ErasedOfUser batch = transaction->erase_user(run.user_id, batch_, deadline);
  if (doubt && was_applied(doubt->erased, batch)) count(run, *doubt);
  doubt.reset();
  run.erased.user_found = run.erased.user_found || batch.user_found;

  const QueuedCopies queued = erase_copies(*transaction, batch.ids, deadline);
  // Also for a user who is not known: there may be responses all the same, and a call before, whose
  // answer was lost, may have removed the user without anybody having heard of its number.
  const bool last = batch.user_removed || !batch.user_found;
  std::int64_t epoch = 0;
  if (last) epoch = transaction->invalidate_scope(Scope::user(run.user_id), deadline);
  try {
    transaction->commit(deadline);
  } catch (const Error& error) {
    if (error.outcome() == Outcome::unknown && batch.user_found) {
      doubt = Batch{batch, queued.ids.size()};
    }
    throw;
  }
  transaction.reset();  // gives its connection back: the next call may need it
  count(run, {batch, queued.ids.size()});
  run.erased.epoch = epoch;
  run.batches.hand_over(queued.ids.size(),
                        [&] { return remove_copies(metadata_, outputs_, queued, deadline); });
  return last;
}

void UserEraser::count(Run& run, const Batch& batch) {
  run.batches.committed(batch.queued);
  run.erased.contents += static_cast<std::int64_t>(batch.erased.ids.size());
}

}  // namespace polystore::write
