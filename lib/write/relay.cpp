#include "write/relay.hpp"

#include "write/hand_over.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace polystore::write {

using ports::ClaimedEntry;
using ports::OutboxOperation;
using ports::OutputStatus;

namespace {

// Whether no server took the entry: that says nothing about the entry, however long it lasts.
bool was_not_tried(const Error& error) {
  return error.code() == ErrorCode::unavailable && error.outcome() == Outcome::not_applied;
}

}  // namespace

std::chrono::milliseconds Relay::delay_after(std::int32_t attempts) const noexcept {
  auto delay = limits_.first_delay;
  for (std::int32_t i = 1; i < attempts && delay < limits_.longest_delay; ++i) delay *= 2;
  return std::min(delay, limits_.longest_delay);
}

Relayed Relay::run(Deadline deadline) {
  Relayed relayed;
  do {
    const auto entries = metadata_.claim_outbox(limits_.batch, limits_.lease, deadline);
    if (entries.empty()) break;
    apply(entries, deadline, relayed);
  } while (!deadline.expired());
  return relayed;
}

void Relay::apply(std::span<const ClaimedEntry> entries, Deadline deadline, Relayed& relayed) {
  const Deadline outputs_end = for_outputs(deadline);
  std::vector<ports::OutputDocument> documents;
  std::vector<const ClaimedEntry*> writes;
  std::vector<const ClaimedEntry*> erases;
  std::vector<ContentId> erased_ids;
  for (const auto& entry : entries) {
    if (entry.operation == OutboxOperation::write) {
      documents.push_back({entry.id, entry.version, entry.body});
      writes.push_back(&entry);
    } else {
      erased_ids.push_back(entry.id);
      erases.push_back(&entry);
    }
  }
  std::vector<std::int64_t> applied;
  const auto outcomes = outputs_.write(documents, outputs_end);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (is_applied(outcomes[i])) {
      applied.push_back(writes[i]->sequence);
    } else {
      fail(*writes[i], *outcomes[i].error, outcomes[i].status == OutputStatus::rejected, deadline,
           relayed);
    }
  }
  if (!erased_ids.empty()) {
    try {
      outputs_.erase(erased_ids, outputs_end);
      for (const ClaimedEntry* entry : erases) applied.push_back(entry->sequence);
    } catch (const Error& error) {
      for (const ClaimedEntry* entry : erases) fail(*entry, error, false, deadline, relayed);
    }
  }
  complete_entries(metadata_, outputs_, applied, documents, deadline);
  relayed.applied += applied.size();
}

void Relay::fail(const ClaimedEntry& entry, const Error& error, bool permanent, Deadline deadline,
                 Relayed& relayed) {
  const bool dead = permanent || (entry.attempts >= limits_.attempts && !was_not_tried(error));
  const auto delay = dead ? std::nullopt : std::optional(delay_after(entry.attempts));
  const std::string reason = std::string(to_string(error.backend())) + " " + error.native_code() +
                             " " + std::string(to_string(error.code()));
  metadata_.fail_outbox(entry.sequence, delay, reason, deadline);
  ++(dead ? relayed.dead : relayed.retried);
}

}  // namespace polystore::write
