#include "audit/verifier.hpp"

#include "audit/stream.hpp"
#include "ports/ownership.hpp"
#include "values/body_chunk.hpp"
#include "values/id_time.hpp"
#include "values/read_copy.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace polystore::audit {
namespace {

constexpr std::size_t page_size = 1000;

std::string text_of(Violation violation) {
  switch (violation) {
    case Violation::output_missing:
      return "the row's output is neither in the output store nor in the outbox; restore the "
             "output store from a backup of the same time as the metadata, or erase the content";
    case Violation::output_damaged:
      return "the output can't be read; restore it from a backup, or erase the content";
    case Violation::body_incomplete:
      return "chunks of the content's body are missing; restore the output store from a backup of "
             "the same time as the metadata, or erase the content";
    case Violation::output_outdated:
      return "the output is older than its row and nothing newer is queued; restore the output "
             "store from a backup of the same time as the metadata, or update the content";
    case Violation::output_ahead:
      return "the output is newer than its row; restore the metadata from a backup of the same "
             "time as the outputs, or erase the content";
    case Violation::copy_differs:
      return "the metadata in the read copy are not the row's; repair writes the copy anew";
    case Violation::orphan_output:
      return "an output without a row; sweep removes it";
    case Violation::orphan_body:
      return "a body that no content names; sweep removes it";
    case Violation::dead_entry:
      return "an outbox entry was given up; retry it when its reason is mended";
    case Violation::entry_of_erased:
      return "an output is queued for an id that was erased or has no row; repair drops it";
    case Violation::row_of_erased:
      return "the row's id was erased before; erase the content again";
  }
  return {};
}

}  // namespace

VerifyReport Verifier::check(Deadline deadline) {
  if (options_.min_age.count() < 0) {
    throw_invalid_argument("verify", "min_age", "must be 0 or more");
  }
  now_ = ports::check_ownership(metadata_, outputs_, "verify", deadline).now;
  VerifyReport report;
  if (options_.progress) {
    total_ = metadata_.count_rows({}, deadline) + outputs_.count(deadline);
    tell_progress(report);
  }
  try {
    compare_contents(deadline, report);
    check_outbox(deadline, report);
    for (const auto& stray : stray_bodies_.find(options_.min_age, now_, deadline)) {
      add({.violation = Violation::orphan_body,
           .id = stray.body,
           .text = text_of(Violation::orphan_body)},
          report);
    }
    report.complete = true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded || !deadline.expired()) throw;
  }
  tell_progress(report);
  return report;
}

// Walks through rows, outputs and tombstones side by side. They are read at different moments, so
// what looks wrong is only suspected.
void Verifier::compare_contents(Deadline deadline, VerifyReport& report) {
  constexpr auto id_of_row = [](const Metadata& row) { return row.id; };
  constexpr auto id_of_output = [](const ports::ScannedOutput& output) { return output.id; };
  constexpr auto id_itself = [](const ContentId& id) { return id; };
  Stream<Metadata, decltype(id_of_row)> rows(
      [&](const ContentId& after) { return metadata_.scan_rows(after, page_size, deadline); });
  Stream<ports::ScannedOutput, decltype(id_of_output)> outputs([&](const ContentId& after) {
    return outputs_.scan({.after = after, .limit = page_size, .with_copies = true}, deadline);
  });
  Stream<ContentId, decltype(id_itself)> tombstones([&](const ContentId& after) {
    return metadata_.scan_tombstones(after, page_size, deadline);
  });
  while (const ContentId* next = tombstones.earlier(outputs.earlier(rows.earlier(nullptr)))) {
    const ContentId id = *next;
    Metadata* row = rows.take(id);
    const ports::ScannedOutput* output = outputs.take(id);
    const bool buried = tombstones.take(id) != nullptr;
    const bool orphan =
        row == nullptr && output != nullptr && !values::is_younger(id, options_.min_age, now_);
    const bool faulty = row != nullptr && (output == nullptr || buried ||
                                           fault_of(*row, output->bson, output->version));
    if (row != nullptr && !faulty) check_body(id, output->bson, deadline, report);
    if (orphan) suspects_.push_back({.id = id});
    if (faulty) suspects_.push_back({.id = id, .row = std::move(*row)});
    if (suspects_.size() == Judge::most_suspects) judge_suspects(deadline, report);
    report.rows = rows.taken();
    report.outputs = outputs.taken();
    report.tombstones = tombstones.taken();
    if (report.rows + report.outputs >= told_ + page_size) tell_progress(report);
  }
  judge_suspects(deadline, report);
}

void Verifier::check_body(const ContentId& id, std::span<const std::byte> copy, Deadline deadline,
                          VerifyReport& report) {
  const auto body = values::body_of_read_copy(copy);
  if (!body) return;
  const auto size = outputs_.bodies().measure(body->id, deadline);
  if (size == ports::BodySize{values::body_chunks(*body), body->size_bytes}) return;
  // Chunks go only after their content's row.
  if (!metadata_.look_up({&id, 1}, deadline).front().version) return;
  add({.violation = Violation::body_incomplete,
       .id = id,
       .text = text_of(Violation::body_incomplete)},
      report);
}

void Verifier::judge_suspects(Deadline deadline, VerifyReport& report) {
  if (suspects_.empty()) return;
  const auto verdicts = judge_.judge(suspects_, deadline);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    for (const Violation violation : verdicts[i].violations) {
      const bool repaired = violation == Violation::copy_differs && options_.repair &&
                            rewrite(*suspects_[i].row, *verdicts[i].copy, deadline);
      add({.violation = violation,
           .id = suspects_[i].id,
           .repaired = repaired,
           .text = text_of(violation)},
          report);
    }
  }
  suspects_.clear();
}

void Verifier::check_outbox(Deadline deadline, VerifyReport& report) {
  for (std::int64_t after = 0;;) {
    const auto entries =
        metadata_.list_outbox(ports::OutboxFilter::all, after, page_size, deadline);
    if (entries.empty()) return;
    check_entries(entries, deadline, report);
    report.outbox_entries += entries.size();
    after = entries.back().sequence;
  }
}

void Verifier::check_entries(std::span<const ports::ListedEntry> entries, Deadline deadline,
                             VerifyReport& report) {
  std::vector<ContentId> ids;
  for (const auto& entry : entries) ids.push_back(entry.id);
  const auto facts = metadata_.look_up(ids, deadline);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    // Row, tombstone and entry are of one moment in the facts; those that went meanwhile went with
    // their entry.
    const bool stray = entries[i].operation == ports::OutboxOperation::write &&
                       facts[i].write_queued && (!facts[i].version || facts[i].buried);
    if (!stray && !entries[i].dead) continue;
    const Violation violation = stray ? Violation::entry_of_erased : Violation::dead_entry;
    if (stray && options_.repair) metadata_.complete_outbox({&entries[i].sequence, 1}, deadline);
    add({.violation = violation,
         .id = entries[i].id,
         .repaired = stray && options_.repair,
         .text = text_of(violation)},
        report, entries[i].sequence);
  }
}

// By version: what was updated meanwhile is not undone.
bool Verifier::rewrite(const Metadata& row, const Content& copy, Deadline deadline) {
  try {
    const auto right =
        values::encode_read_copy(row, copy.output, "verify", copy.embedding, copy.body);
    const std::array documents{
        ports::OutputDocument{.id = row.id, .version = row.version, .bson = right}};
    return outputs_.write(documents, deadline).front().status == ports::OutputStatus::stored;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::invalid_argument) return false;  // too large together
    throw;
  }
}

void Verifier::note_repaired(VerifyReport& report, Deadline deadline) {
  std::set<std::int64_t> dead;
  for (std::int64_t after = 0; report.count(Violation::dead_entry) > 0;) {
    const auto entries =
        metadata_.list_outbox(ports::OutboxFilter::dead, after, page_size, deadline);
    if (entries.empty()) break;
    for (const auto& entry : entries) dead.insert(entry.sequence);
    after = entries.back().sequence;
  }
  std::set<ContentId> strays;
  if (report.count(Violation::orphan_body) > 0) {
    for (const auto& stray : stray_bodies_.find(options_.min_age, now_, deadline)) {
      strays.insert(stray.body);
    }
  }
  std::vector<Finding*> orphans;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    Finding& finding = report.findings[i];
    if (finding.violation == Violation::dead_entry) {
      finding.repaired = !dead.contains(sequences_[i]);
    } else if (finding.violation == Violation::orphan_body) {
      finding.repaired = !strays.contains(finding.id);
    } else if (finding.violation == Violation::orphan_output) {
      orphans.push_back(&finding);
      if (orphans.size() == Judge::most_suspects) note_removed(orphans, deadline);
    }
  }
  note_removed(orphans, deadline);
}

void Verifier::note_removed(std::vector<Finding*>& orphans, Deadline deadline) {
  if (orphans.empty()) return;
  std::vector<Suspect> suspects;
  for (const Finding* orphan : orphans) suspects.push_back({.id = orphan->id});
  const auto verdicts = judge_.judge(suspects, deadline);
  for (std::size_t i = 0; i < orphans.size(); ++i) {
    orphans[i]->repaired = verdicts[i].violations.empty();
  }
  orphans.clear();
}

void Verifier::add(Finding finding, VerifyReport& report, std::int64_t sequence) {
  ++report.counts[static_cast<std::size_t>(finding.violation)];
  if (report.findings.size() >= options_.most_findings) return;
  report.findings.push_back(std::move(finding));
  sequences_.push_back(sequence);
}

void Verifier::tell_progress(const VerifyReport& report) {
  told_ = report.rows + report.outputs;
  if (options_.progress) options_.progress(told_, std::max(told_, total_));
}

}  // namespace polystore::audit
