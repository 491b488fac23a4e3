#include "write/row_eraser.hpp"

#include "write/attempts.hpp"
#include "write/erased_copies.hpp"

#include <algorithm>
#include <utility>

namespace polystore::write {

RowsErased RowEraser::run(const ports::RowFilter& filter, Deadline deadline) {
  Run run{.filter = filter, .deadline = deadline};
  try {
    do {
      erase_batch(run);
    } while (!run.erased.complete && !deadline.expired());
  } catch (const Error&) {
    if (!run.committed) throw;
  }
  return run.erased;
}

void RowEraser::erase_batch(Run& run) const {
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

// Leaves in `doubt` the batch whose commit went unanswered, and settles the one that is in it: the
// next batch waited for its rows, so that commit is over, and takes them if it was not applied.
void RowEraser::try_batch(Run& run, std::optional<Batch>& doubt) const {
  auto transaction = metadata_.begin(run.deadline);
  ports::ErasedRows erased = transaction->erase_matching(run.filter, batch_, run.deadline);
  if (doubt && std::ranges::find(erased.ids, doubt->ids.front()) == erased.ids.end()) {
    count(run, *doubt);
  }
  doubt.reset();
  if (erased.ids.empty()) {
    run.erased.complete = !erased.more;
    return;
  }
  const QueuedCopies queued = erase_copies(*transaction, erased.ids, run.deadline);
  Batch batch{.ids = std::move(erased.ids), .queued = queued.ids.size()};
  try {
    transaction->commit(run.deadline);
  } catch (const Error& error) {
    if (error.outcome() == Outcome::unknown) doubt = std::move(batch);
    throw;
  }
  transaction.reset();  // gives its connection back: the next call may need it
  count(run, batch);
  run.erased.complete = !erased.more;
  // Where the outputs fail, the rest of the call leaves them to the relay: the time is better spent
  // on the metadata.
  if (queued.ids.empty() || run.outputs_fail) return;
  run.outputs_fail = !remove_copies(metadata_, outputs_, queued, run.deadline);
  if (!run.outputs_fail) run.erased.outputs_pending -= queued.ids.size();
}

void RowEraser::count(Run& run, const Batch& batch) {
  run.committed = true;
  run.erased.contents += batch.ids.size();
  run.erased.outputs_pending += batch.queued;
}

}  // namespace polystore::write
