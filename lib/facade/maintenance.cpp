#include "facade/maintenance.hpp"

#include "polystore/limits.hpp"

#include "audit/erasure_auditor.hpp"
#include "audit/stray_bodies.hpp"
#include "audit/verifier.hpp"
#include "facade/validate.hpp"
#include "write/relay.hpp"
#include "write/row_eraser.hpp"
#include "write/sweeper.hpp"

#include <string>

namespace polystore {
namespace {

SweepReport sweep_once(const Maintenance::Parts& parts, const SweepOptions& options,
                       Deadline deadline) {
  write::Sweeper sweeper(parts.metadata, parts.outputs);
  SweepReport report = sweeper.sweep(options, deadline);
  if (!report.complete) return report;
  audit::StrayBodies(parts.metadata, parts.outputs).sweep(options, deadline, report);
  return report;
}

// What the relay and the sweeper can repair, all of it: whether or not its finding is listed.
void repair(const Maintenance::Parts& parts, const VerifyOptions& options, Deadline deadline,
            VerifyReport& report) {
  if (report.count(Violation::dead_entry) > 0) (void)parts.metadata.revive_outbox({}, deadline);
  (void)write::Relay(parts.metadata, parts.outputs, write::RelayLimits{}).run(deadline);
  if (report.count(Violation::orphan_output) + report.count(Violation::orphan_body) == 0) return;
  SweepOptions sweep{.min_age = options.min_age};
  try {
    for (bool more = true; more && !deadline.expired();) {
      sweep.after = sweep_once(parts, sweep, deadline).next;
      more = sweep.after.has_value();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::conflict) throw;
    for (Finding& finding : report.findings) {
      if (finding.violation != Violation::orphan_output &&
          finding.violation != Violation::orphan_body) {
        continue;
      }
      finding.text += "; it refused: " + error.message();
    }
  }
}

ports::RowFilter filter_of(const RetentionRule& rule, ports::MetadataPort& metadata,
                           Deadline deadline) {
  ports::RowFilter filter{.tenant = rule.tenant, .model = rule.model};
  if (rule.older_than) filter.until = metadata.identity(deadline).now - *rule.older_than;
  return filter;
}

}  // namespace

Maintenance::Maintenance(Parts parts) : parts_(std::make_unique<const Parts>(parts)) {}
Maintenance::~Maintenance() = default;

RelayReport Maintenance::relay(std::optional<Deadline> deadline) {
  write::Relay relay(parts_->metadata, parts_->outputs, write::RelayLimits{});
  const auto relayed = relay.run(parts_->deadline_or_standard(deadline));
  return {.applied = relayed.applied, .retried = relayed.retried, .dead = relayed.dead};
}

OutboxStatus Maintenance::outbox_status(std::optional<Deadline> deadline) {
  const auto stats = parts_->metadata.outbox_stats(parts_->deadline_or_standard(deadline));
  return {.pending = stats.pending,
          .pending_bytes = stats.pending_bytes,
          .oldest = stats.oldest,
          .dead = stats.dead};
}

std::vector<DeadLetter> Maintenance::dead_letters(std::int64_t after_sequence, std::size_t limit,
                                                  std::optional<Deadline> deadline) {
  if (limit < 1 || limit > limits::items_per_batch) {
    throw_invalid_argument("dead_letters", "limit", "must be 1 to 1000; list further by sequence");
  }
  std::vector<DeadLetter> letters;
  for (auto& entry : parts_->metadata.list_outbox(ports::OutboxFilter::dead, after_sequence, limit,
                                                  parts_->deadline_or_standard(deadline))) {
    letters.push_back({.sequence = entry.sequence,
                       .id = entry.id,
                       .version = entry.version,
                       .operation = entry.operation == ports::OutboxOperation::write
                                        ? DeadLetter::Operation::write
                                        : DeadLetter::Operation::erase,
                       .attempts = entry.attempts,
                       .body_bytes = entry.body_bytes,
                       .reason = std::move(entry.reason),
                       .age = entry.age});
  }
  return letters;
}

std::uint64_t Maintenance::retry_dead_letters(std::span<const std::int64_t> sequences,
                                              std::optional<Deadline> deadline) {
  facade::check_batch("retry_dead_letters", sequences.size());
  return parts_->metadata.revive_outbox(sequences, parts_->deadline_or_standard(deadline));
}

StoreIdentity Maintenance::identity(std::optional<Deadline> deadline) {
  const Deadline end = parts_->deadline_or_standard(deadline);
  auto identity = parts_->metadata.identity(end);
  std::string owner = parts_->outputs.claim_for(identity.store_id, end);
  return {.metadata_id = std::move(identity.store_id),
          .outputs_owner = std::move(owner),
          .standby = identity.standby};
}

SweepReport Maintenance::sweep(const SweepOptions& options, std::optional<Deadline> deadline) {
  return sweep_once(*parts_, options, parts_->deadline_or_standard(deadline));
}

RetentionReport Maintenance::apply_retention(const RetentionRule& rule,
                                             std::optional<Deadline> deadline) {
  facade::check_retention("apply_retention", rule);
  const Deadline end = parts_->deadline_or_standard(deadline);
  const auto filter = filter_of(rule, parts_->metadata, end);
  if (rule.dry_run) {
    return {.matching = parts_->metadata.count_rows(filter, end), .complete = true};
  }
  write::RowEraser eraser(parts_->metadata, parts_->outputs, rule.batch);
  const auto erased = eraser.run(filter, end);
  return {.matching = erased.contents,
          .erased = erased.contents,
          .outputs_pending = erased.outputs_pending,
          .complete = erased.complete};
}

ErasureProof Maintenance::prove_erased(std::int64_t user_id, std::optional<Deadline> deadline) {
  facade::check_user_id("prove_erased", user_id);
  audit::ErasureAuditor auditor(parts_->metadata, parts_->outputs, parts_->vectors);
  return auditor.prove(user_id, parts_->deadline_or_standard(deadline));
}

VerifyReport Maintenance::verify(const VerifyOptions& options, std::optional<Deadline> deadline) {
  const Deadline end = parts_->deadline_or_standard(deadline);
  audit::Verifier verifier(parts_->metadata, parts_->outputs, options);
  VerifyReport report = verifier.check(end);
  if (!options.repair) return report;
  try {
    repair(*parts_, options, end, report);
    verifier.note_repaired(report, end);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded || !end.expired()) throw;
    report.complete = false;
  }
  return report;
}

}  // namespace polystore
