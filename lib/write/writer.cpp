#include "write/writer.hpp"

#include "support/failures.hpp"
#include "write/erased_copies.hpp"
#include "write/hand_over.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

namespace polystore::write {
namespace {

using ports::InsertStatus;
using ports::OutputStatus;

Error put_error(ErrorCode code, std::string field, std::string message) {
  return Error(
      {.code = code, .operation = "put", .field = std::move(field), .message = std::move(message)});
}

std::optional<Error> error_of(InsertStatus status) {
  switch (status) {
    case InsertStatus::inserted:
    case InsertStatus::duplicate:
      return std::nullopt;
    case InsertStatus::conflict:
      return put_error(ErrorCode::conflict, "id",
                       "is taken by other content; use a new id, or leave it out");
    case InsertStatus::erased:
      return put_error(ErrorCode::conflict, "id",
                       "was erased, and ids are never used again; use a new id, or leave it out");
    case InsertStatus::unknown_user:
      return unknown_user();
  }
  return put_error(ErrorCode::internal, "", "the metadata store gave an unknown status");
}

Error foreign_document() {
  return Error({.code = ErrorCode::conflict,
                .operation = "put",
                .field = "id",
                .message = "the output store has a newer document of this id, which this store "
                           "never wrote; use a new id"});
}

std::vector<ports::OutputDocument> documents_of(std::span<const PlannedPut* const> puts) {
  std::vector<ports::OutputDocument> documents;
  documents.reserve(puts.size());
  for (const PlannedPut* put : puts) {
    documents.push_back({put->row.metadata.id, put->row.metadata.version, put->read_copy});
  }
  return documents;
}

ports::OutboxEntry entry_of(const ports::OutputDocument& document) {
  return {document.id, document.version, ports::OutboxOperation::write, document.bson};
}

}  // namespace

Error unknown_user() {
  return put_error(ErrorCode::not_found, "user_id", "names no known user; call ensure_user first");
}

std::vector<std::optional<Error>> Writer::put(Items puts, Deadline deadline) {
  Errors errors;
  if (puts.empty()) return errors;
  std::optional<Error> failure;
  try {
    return put_in_one_transaction(puts, deadline);
  } catch (const Error& error) {
    failure = error;
  }
  if (puts.size() == 1 || !support::may_concern_one(*failure)) {
    errors.assign(puts.size(), failure);
    return errors;
  }
  // Some item's data may be at fault: halve until it stands alone, so that its neighbours succeed.
  const std::size_t half = puts.size() / 2;
  errors = put(puts.first(half), deadline);
  std::ranges::move(put(puts.subspan(half), deadline), std::back_inserter(errors));
  return errors;
}

Writer::Errors Writer::put_in_one_transaction(Items puts, Deadline deadline) {
  std::vector<ports::NewRow> rows;
  rows.reserve(puts.size());
  for (const PlannedPut* put : puts) rows.push_back(put->row);

  auto transaction = metadata_.begin(deadline);
  transaction->start_insert(rows, deadline);
  // While the rows are inserted. What is written for a row that then is not inserted is nobody's:
  // no reader asks for it, and the sweeper removes it.
  Outcomes outcomes(puts.size());
  if (transaction->colocated_outputs() == nullptr) {
    outcomes = outputs_.insert(documents_of(puts), for_outputs(deadline));
  }
  const std::vector<InsertStatus> statuses = transaction->finish_insert(deadline);

  Errors errors(puts.size());
  std::vector<const PlannedPut*> inserted;
  std::vector<std::size_t> positions;
  Outcomes written;
  for (std::size_t i = 0; i < puts.size(); ++i) {
    errors[i] = error_of(statuses[i]);
    if (statuses[i] != InsertStatus::inserted) continue;
    inserted.push_back(puts[i]);
    positions.push_back(i);
    written.push_back(std::move(outcomes[i]));
  }
  if (inserted.empty()) return errors;

  Queued queued;
  Errors refused = settle_outputs(*transaction, inserted, std::move(written), queued, deadline);
  if (std::ranges::all_of(refused, [](const auto& error) { return !error.has_value(); })) {
    transaction->commit(deadline);
    transaction.reset();  // gives its connection back: the next call may need it
    deliver(queued, deadline);
    return errors;
  }
  // Their rows are in this transaction: end it first, for it holds locks, and store the others in
  // one of their own.
  transaction.reset();
  std::vector<const PlannedPut*> others;
  for (std::size_t k = 0; k < inserted.size(); ++k) {
    if (!refused[k]) others.push_back(inserted[k]);
  }
  Errors again = put(others, deadline);
  auto next = again.begin();
  for (std::size_t k = 0; k < inserted.size(); ++k) {
    errors[positions[k]] = refused[k] ? std::move(refused[k]) : std::move(*next++);
  }
  return errors;
}

// Sees to it that the commit makes the read copies durable too: those that the output store did not
// acknowledge are queued in the transaction's outbox, and so are those with an embedding: their
// vectors may be seen only after the commit. Per item: the error of one that the output
// store will never take.
Writer::Errors Writer::settle_outputs(ports::MetadataTransaction& transaction, Items puts,
                                      Outcomes outcomes, Queued& queued, Deadline deadline) {
  const auto documents = documents_of(puts);
  ports::OutputWriter* colocated = transaction.colocated_outputs();
  if (colocated != nullptr) {
    outcomes = colocated->write(documents, deadline);
  } else {
    replace_present(documents, outcomes, deadline);
  }
  Errors refused(puts.size());
  std::vector<ports::OutboxEntry> missed;
  std::int64_t missed_bytes = 0;
  std::vector<std::size_t> embedded;  // of `missed`: those that the output store has
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& outcome = outcomes[i];
    if (outcome.status == OutputStatus::rejected) {
      refused[i] = outcome.error;
    } else if (outcome.status == OutputStatus::superseded) {
      refused[i] = foreign_document();
    } else if (outcome.status == OutputStatus::unacknowledged) {
      if (colocated != nullptr) throw Error(*outcome.error);
      missed.push_back(entry_of(documents[i]));
    } else if (puts[i]->embedded) {
      embedded.push_back(missed.size());
      missed.push_back(entry_of(documents[i]));
      queued.documents.push_back(documents[i]);
    }
  }
  for (const auto& entry : missed) missed_bytes += static_cast<std::int64_t>(entry.body.size());
  const bool none_refused =
      std::ranges::none_of(refused, [](const auto& error) { return error.has_value(); });
  if (!missed.empty() && none_refused) {
    outbox_guard_.require_room(transaction, missed_bytes, deadline);
    const auto sequences = transaction.enqueue(missed, deadline);
    for (const std::size_t i : embedded) queued.sequences.push_back(sequences[i]);
  }
  return refused;
}

// Gives the vectors of what was committed to their store; where that fails, the relay does it.
void Writer::deliver(const Queued& queued, Deadline deadline) {
  if (queued.sequences.empty()) return;
  hand_over_documents(metadata_, outputs_, queued.documents, queued.sequences, deadline);
}

// A document without its row is what an earlier attempt left, which may have been another draft.
void Writer::replace_present(std::span<const ports::OutputDocument> documents, Outcomes& outcomes,
                             Deadline deadline) {
  std::vector<ports::OutputDocument> present;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (outcomes[i].status != OutputStatus::present) continue;
    present.push_back(documents[i]);
    positions.push_back(i);
  }
  if (present.empty()) return;
  auto replaced = outputs_.write(present, for_outputs(deadline));
  for (std::size_t k = 0; k < positions.size(); ++k) {
    outcomes[positions[k]] = std::move(replaced[k]);
  }
}

Erased Writer::erase(const ContentId& id, Deadline deadline) {
  const std::array ids{id};
  auto transaction = metadata_.begin(deadline);
  Erased erased{.found = transaction->erase(ids, deadline).front()};
  QueuedCopies queued;
  // A document in the same database goes in any case.
  if (erased.found || transaction->colocated_outputs() != nullptr) {
    queued = erase_copies(*transaction, {id}, deadline);
  }
  transaction->commit(deadline);
  transaction.reset();  // gives its connection back: the next call may need it
  if (queued.ids.empty()) return erased;
  erased.output_pending = !remove_copies(metadata_, outputs_, queued, deadline);
  return erased;
}

}  // namespace polystore::write
