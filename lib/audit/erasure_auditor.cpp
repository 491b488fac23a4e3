#include "audit/erasure_auditor.hpp"

#include "polystore/error.hpp"

#include "ports/ownership.hpp"
#include "values/read_copy.hpp"
#include "values/vector_key.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace polystore::audit {
namespace {

constexpr std::size_t items_at_once = 1000;

void add_id(ErasureProof& proof, const ContentId& id) {
  if (proof.ids.size() < ErasureProof::most_ids) proof.ids.push_back(id);
}

// The content whose vector this is, if it is one's.
std::optional<ContentId> content_of(const std::string& vector_key) {
  const auto parts = values::split_vector_key(vector_key);
  return parts ? ContentId::parse(parts->id) : std::nullopt;
}

}  // namespace

ErasureProof ErasureAuditor::prove(std::int64_t user_id, Deadline deadline) {
  (void)ports::check_ownership(metadata_, outputs_, "prove_erased", deadline);
  Run run{.user_id = user_id, .deadline = deadline};
  try {
    look_at_metadata(run);
    look_at_outbox(run);
    look_at_outputs(run);
    look_at_bodies(run);
    if (vectors_ != nullptr) look_at_vectors(run);
    run.proof.complete = true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded || !deadline.expired()) throw;
  }
  return run.proof;
}

void ErasureAuditor::look_at_metadata(Run& run) const {
  run.proof.user_known = metadata_.find_user(run.user_id, run.deadline).has_value();
  run.proof.contents = metadata_.count_rows({.user_id = run.user_id}, run.deadline);
}

void ErasureAuditor::look_at_outbox(Run& run) const {
  for (std::int64_t after = 0;;) {
    const auto entries =
        metadata_.list_outbox(ports::OutboxFilter::all, after, items_at_once, run.deadline);
    if (entries.empty()) return;
    look_at_entries(run, entries);
    run.proof.scanned_outbox_entries += entries.size();
    after = entries.back().sequence;
  }
}

// An entry of an id that has a row is that row's: its user's rows are counted already.
void ErasureAuditor::look_at_entries(Run& run, std::span<const ports::ListedEntry> entries) const {
  std::vector<ContentId> ids;
  for (const auto& entry : entries) ids.push_back(entry.id);
  const auto facts = metadata_.look_up(ids, run.deadline);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (facts[i].version || !facts[i].write_queued || entries[i].body_bytes == 0) continue;
    const auto body = metadata_.read_outbox_body(entries[i].sequence, run.deadline);
    if (body.empty()) continue;  // gone meanwhile
    const auto user = values::user_of_read_copy(body);
    if (user && *user != run.user_id) continue;
    ++(user ? run.proof.outbox_entries : run.proof.unreadable);
    add_id(run.proof, entries[i].id);
  }
}

void ErasureAuditor::look_at_outputs(Run& run) const {
  for (ports::OutputScan scan{.limit = items_at_once, .with_copies = true};;) {
    const auto page = outputs_.scan(scan, run.deadline);
    if (page.empty()) return;
    look_at_page(run, page);
    run.proof.scanned_outputs += page.size();
    scan.after = page.back().id;
  }
}

void ErasureAuditor::look_at_page(Run& run, std::span<const ports::ScannedOutput> page) const {
  std::vector<ContentId> found;
  for (const auto& output : page) {
    const auto user = values::user_of_read_copy(output.bson);
    if (user && *user != run.user_id) continue;
    add_id(run.proof, output.id);
    if (user) {
      found.push_back(output.id);
    } else {
      ++run.proof.unreadable;
    }
  }
  if (found.empty()) return;
  run.proof.outputs += found.size();
  const auto facts = metadata_.look_up(found, run.deadline);
  run.proof.outputs_queued +=
      static_cast<std::uint64_t>(std::ranges::count(facts, true, &ports::IdFacts::erase_queued));
}

void ErasureAuditor::look_at_bodies(Run& run) const {
  for (ContentId after;;) {
    const auto page = outputs_.bodies().scan(after, items_at_once, run.deadline);
    if (page.empty()) return;
    for (const auto& header : page) {
      if (header.user_id != run.user_id) continue;
      ++run.proof.bodies;
      add_id(run.proof, header.content);
    }
    run.proof.scanned_bodies += page.size();
    after = page.back().body;
  }
}

void ErasureAuditor::look_at_vectors(Run& run) const {
  for (std::string from;;) {
    const auto part = vectors_->scan(from, run.deadline);
    for (std::span<const ports::StoredVector> rest(part.vectors); !rest.empty();) {
      const auto some = rest.first(std::min(rest.size(), items_at_once));
      look_at_part(run, some);
      rest = rest.subspan(some.size());
    }
    run.proof.scanned_vectors += part.vectors.size();
    if (!part.next) return;
    from = *part.next;
  }
}

// A vector tells of which content it is, and a tombstone that this was erased; whose it was, only
// its read copy tells, which goes after the vector does.
void ErasureAuditor::look_at_part(Run& run, std::span<const ports::StoredVector> vectors) const {
  std::vector<ContentId> ids;
  std::vector<const std::string*> keys;
  for (const auto& vector : vectors) {
    const auto id = content_of(vector.key);
    if (!id) continue;
    ids.push_back(*id);
    keys.push_back(&vector.key);
  }
  if (ids.empty()) return;
  const auto facts = metadata_.look_up(ids, run.deadline);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (facts[i].version || !facts[i].buried || is_another_users(run, ids[i])) continue;
    // Also when the read copy was there no more because all went meanwhile.
    if (!vectors_->get(*keys[i], run.deadline)) continue;
    if (!run.vectors.insert(*keys[i]).second) continue;
    ++run.proof.vectors;
    add_id(run.proof, ids[i]);
  }
}

bool ErasureAuditor::is_another_users(Run& run, const ContentId& id) const {
  try {
    const auto copy = outputs_.read({&id, 1}, run.deadline).front();
    const auto user = copy ? values::user_of_read_copy(copy->bson) : std::nullopt;
    return user && *user != run.user_id;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data_loss) throw;
    return false;
  }
}

}  // namespace polystore::audit
