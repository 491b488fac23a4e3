#include "write/model_renamer.hpp"

#include "write/attempts.hpp"
#include "write/hand_over.hpp"

#include <algorithm>

namespace polystore::write {
namespace {

using ports::UpdateStatus;

// Contents of a batch: as many as have about so many bytes, of which each is in memory three times.
constexpr std::size_t first_batch = 16;
constexpr std::size_t largest_batch = 256;
constexpr std::size_t batch_bytes = std::size_t{4} << 20;

std::size_t bytes_of(std::span<const PlannedUpdate> plans) {
  std::size_t bytes = 0;
  for (const PlannedUpdate& plan : plans) bytes += plan.read_copy.size();
  return bytes;
}

ports::OutputDocument document_of(const PlannedUpdate& plan) {
  return {plan.row.metadata.id, plan.row.metadata.version, plan.read_copy};
}

// Nothing when the content is so near its limit that the new name is too much.
std::optional<PlannedUpdate> plan_rename(Content content, const std::string& to) {
  content.metadata.model = to;
  try {
    return plan_update(std::move(content), "rename_model");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    return std::nullopt;
  }
}

}  // namespace

ModelRenamed ModelRenamer::run(const std::string& from, const std::string& to, Deadline deadline) {
  Run run{.from = from, .to = to, .batches = BatchRun(deadline), .batch = first_batch};
  // Passes over what is left, until one finds nothing that it could rename.
  run.renamed.complete = run.batches.repeat([&] {
    const Progress progress = pass(run);
    run.renamed.skipped = progress.skipped;
    return progress.renamed + progress.missed == 0 && !deadline.expired();
  });
  run.renamed.outputs_pending = run.batches.outputs_pending();
  return run.renamed;
}

ModelRenamer::Progress ModelRenamer::pass(Run& run) const {
  Progress all;
  ports::FindParams page{.model = run.from};
  const Deadline deadline = run.batches.deadline();
  do {
    page.limit = static_cast<std::uint32_t>(run.batch);
    const std::vector<Metadata> rows = metadata_.find(page, deadline);
    if (rows.empty()) break;
    page.after = ports::ListPosition{rows.back().generated_at, rows.back().id};
    const Progress batch = rename(run, rows);
    all.renamed += batch.renamed;
    all.missed += batch.missed;
    all.skipped += batch.skipped;
  } while (!deadline.expired());
  return all;
}

ModelRenamer::Progress ModelRenamer::rename(Run& run, std::span<const Metadata> rows) const {
  std::vector<ContentId> ids;
  for (const Metadata& row : rows) ids.push_back(row.id);
  std::ranges::sort(ids);  // rows are locked in this order by all who lock several
  Progress progress;
  std::vector<PlannedUpdate> plans;
  for (auto& content : read_(ids, run.batches.deadline())) {
    if (content && content->metadata.model != run.from) continue;  // it was renamed meanwhile
    auto plan = content ? plan_rename(std::move(*content), run.to) : std::nullopt;
    if (plan) {
      plans.push_back(std::move(*plan));
    } else {
      ++progress.skipped;
    }
  }
  if (plans.empty()) return progress;
  const bool small = bytes_of(plans) < batch_bytes;
  run.batch =
      small ? std::min(run.batch * 2, largest_batch) : std::max(run.batch / 2, std::size_t{1});
  Attempts(run.batches.deadline()).repeat([&] { apply(run, plans, progress); });
  return progress;
}

// Commits the plans that still fit their rows. One that an earlier attempt committed, whose answer
// was lost, tells so by its token; its outbox entry is the relay's.
void ModelRenamer::apply(Run& run, std::span<const PlannedUpdate> plans, Progress& progress) const {
  const Deadline deadline = run.batches.deadline();
  auto transaction = metadata_.begin(deadline);
  ports::OutputWriter* colocated = transaction->colocated_outputs();
  std::vector<ports::OutputDocument> changed;
  std::vector<ports::OutputDocument> later;
  std::vector<ports::OutboxEntry> entries;
  std::int64_t repeated = 0;
  std::size_t left_to_relay = 0;
  std::int64_t queued_bytes = 0;
  for (const PlannedUpdate& plan : plans) {
    const bool goes_later = colocated == nullptr || plan.embedded;
    const auto status = transaction->update(plan.row, deadline).status;
    if (status == UpdateStatus::repeated) {
      ++repeated;
      if (goes_later) ++left_to_relay;
    }
    if (status != UpdateStatus::updated) continue;
    changed.push_back(document_of(plan));
    if (!goes_later) continue;
    later.push_back(changed.back());
    entries.push_back(
        {.id = later.back().id, .version = later.back().version, .body = later.back().bson});
    queued_bytes += static_cast<std::int64_t>(plan.read_copy.size());
  }
  if (colocated != nullptr) {
    for (const auto& outcome : colocated->write(changed, deadline)) {
      if (outcome.error) throw Error(*outcome.error);
    }
  }
  std::vector<std::int64_t> queued;
  if (!entries.empty()) {
    outbox_guard_.require_room(*transaction, queued_bytes, deadline);
    queued = transaction->enqueue(entries, deadline);
  }
  transaction->commit(deadline);
  transaction.reset();  // gives its connection back: the next call may need it
  const auto count = static_cast<std::int64_t>(changed.size()) + repeated;
  run.renamed.contents += count;
  progress.renamed += count;
  progress.missed += static_cast<std::int64_t>(plans.size()) - count;
  if (count == 0) return;
  run.batches.committed(later.size() + left_to_relay);
  run.batches.hand_over(later.size(), [&] {
    return hand_over_documents(metadata_, outputs_, later, queued, deadline);
  });
}

}  // namespace polystore::write
