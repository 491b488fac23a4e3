#include "write/row_eraser.hpp"

#include "write/attempts.hpp"
#include "write/erased_copies.hpp"

#include <algorithm>
#include <utility>

namespace polystore::write {

RowsErased RowEraser::run(const ports::RowFilter& filter, Deadline deadline) {
  Run run{.filter = filter, .batches = BatchRun(deadline)};
  const bool complete = run.batches.repeat([&] {
    std::optional<Batch> doubt;
    return Attempts(deadline).repeat([&] { return try_batch(run, doubt); });
  });
  return {.contents = run.contents,
          .outputs_pending = static_cast<std::uint64_t>(run.batches.outputs_pending()),
          .complete = complete};
}

// Leaves in `doubt` the batch whose commit went unanswered, and settles the one that is in it: the
// next batch waited for its rows, so that commit is over, and takes them if it was not applied.
// Whether nothing is left.
bool RowEraser::try_batch(Run& run, std::optional<Batch>& doubt) const {
  const Deadline deadline = run.batches.deadline();
  auto transaction = metadata_.begin(deadline);
  ports::ErasedRows erased = transaction->erase_matching(run.filter, batch_, deadline);
  if (doubt && std::ranges::find(erased.ids, doubt->ids.front()) == erased.ids.end()) {
    count(run, *doubt);
  }
  doubt.reset();
  if (erased.ids.empty()) return !erased.more;
  const QueuedCopies queued = erase_copies(*transaction, erased.ids, deadline);
  Batch batch{.ids = std::move(erased.ids), .queued = queued.ids.size()};
  try {
    transaction->commit(deadline);
  } catch (const Error& error) {
    if (error.outcome() == Outcome::unknown) doubt = std::move(batch);
    throw;
  }
  transaction.reset();  // gives its connection back: the next call may need it
  count(run, batch);
  run.batches.hand_over(queued.ids.size(),
                        [&] { return remove_copies(metadata_, outputs_, queued, deadline); });
  return !erased.more;
}

void RowEraser::count(Run& run, const Batch& batch) {
  run.batches.committed(batch.queued);
  run.contents += batch.ids.size();
}

}  // namespace polystore::write
