#include "write/updater.hpp"

#include "write/attempts.hpp"
#include "write/hand_over.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace polystore::write {
namespace {

using ports::OutputStatus;
using ports::UpdateStatus;

Error update_error(ErrorCode code, std::string field, std::string message) {
  return Error({.code = code,
                .operation = "update",
                .field = std::move(field),
                .message = std::move(message)});
}

Error absent() {
  return update_error(ErrorCode::not_found, "id",
                      "names no content: it was never put, or was erased");
}

Error late() {
  return Error({.code = ErrorCode::deadline_exceeded,
                .retryable = true,
                .operation = "update",
                .message = "other updates of the content came first each time until the deadline; "
                           "repeat it with more time, or update it from fewer threads"});
}

void check_stored(const ports::OutputOutcome& outcome) {
  if (outcome.error) throw Error(*outcome.error);
  if (outcome.status == OutputStatus::superseded) {
    throw update_error(ErrorCode::data_loss, "",
                       "the output store has a newer version than the metadata; restore both from "
                       "backups of the same time");
  }
}

void replace_embedding(Content& content, const Patch& patch) {
  std::optional<Embedding> next = patch.embedding;
  if (patch.embedder) next = patch.embedder(content.metadata.title, content.output);
  if (!next) return;
  const auto& last = content.embedding;
  if (last && (last->tenant != next->tenant || last->space != next->space)) {
    throw update_error(ErrorCode::invalid_argument, "embedding",
                       "has another tenant or space than the one that it replaces; keep them, or "
                       "put a new content");
  }
  content.embedding = std::move(next);
}

}  // namespace

Metadata Updater::update(const ContentId& id, const Patch& patch, Deadline deadline) {
  Pauses pauses(deadline);
  for (;;) {
    const PlannedUpdate plan = make_plan(id, patch, deadline);
    if (apply(plan, deadline)) return plan.row.metadata;
    if (!pauses.wait()) throw late();
  }
}

PlannedUpdate Updater::make_plan(const ContentId& id, const Patch& patch, Deadline deadline) {
  auto content = read_(id, deadline);
  if (!content) throw absent();
  Metadata& metadata = content->metadata;
  if (patch.expected_version && *patch.expected_version != metadata.version) {
    throw update_error(
        ErrorCode::conflict, "expected_version",
        "is not the content's: it was changed; read it again and decide what to change");
  }
  if (patch.title) metadata.title = *patch.title;
  if (patch.model) metadata.model = *patch.model;
  if (patch.tags) metadata.tags = *patch.tags;
  if (patch.usage) metadata.usage = *patch.usage;
  if (patch.output) content->output = *patch.output;
  replace_embedding(*content, patch);
  return plan_update(std::move(*content), "update");
}

// Commits the plan, once, however often it must be tried: its token tells whether an attempt whose
// answer was lost took effect. False when another change came first.
bool Updater::apply(const PlannedUpdate& plan, Deadline deadline) {
  Attempts attempts(deadline);
  const auto tried = attempts.repeat([&] { return try_once(plan, deadline); });
  if (tried.status == UpdateStatus::absent) throw absent();
  if (tried.status != UpdateStatus::superseded) return true;
  // Another change of the same version, or ours and then another? The row shows only the last.
  const auto& doubt = attempts.doubt();
  if (doubt && tried.version > plan.row.metadata.version) throw Error(*doubt);
  return false;
}

ports::UpdateResult Updater::try_once(const PlannedUpdate& plan, Deadline deadline) {
  const Metadata& metadata = plan.row.metadata;
  auto transaction = metadata_.begin(deadline);
  const auto result = transaction->update(plan.row, deadline);
  if (result.status != UpdateStatus::updated) return result;
  const std::array documents{ports::OutputDocument{metadata.id, metadata.version, plan.read_copy}};
  std::vector<std::int64_t> queued;
  if (ports::OutputWriter* colocated = transaction->colocated_outputs()) {
    check_stored(colocated->write(documents, deadline).front());
  }
  if (transaction->colocated_outputs() == nullptr || plan.embedded) {
    const std::array entries{
        ports::OutboxEntry{.id = metadata.id, .version = metadata.version, .body = plan.read_copy}};
    outbox_guard_.require_room(*transaction, static_cast<std::int64_t>(plan.read_copy.size()),
                               deadline);
    queued = transaction->enqueue(entries, deadline);
  }
  transaction->commit(deadline);
  transaction.reset();  // gives its connection back: the next call may need it
  if (queued.empty()) return result;
  hand_over_documents(metadata_, outputs_, documents, queued, deadline);
  return result;
}

}  // namespace polystore::write
