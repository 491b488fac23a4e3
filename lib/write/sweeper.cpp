#include "write/sweeper.hpp"

#include "ports/ownership.hpp"
#include "values/id_time.hpp"

#include <algorithm>

namespace polystore::write {
namespace {

constexpr std::size_t page_size = 1000;
// What one call remembers, to bound its memory: 16 bytes each.
constexpr std::size_t most_candidates = 1'000'000;
// A claim holds up puts of ids that share a lock with the claimed ones, for as long as it takes.
constexpr std::size_t claim_size = 100;

void check(const SweepOptions& options) {
  if (options.min_age.count() < 0) {
    throw_invalid_argument("sweep", "min_age", "must be 0 or more");
  }
  if (!(options.largest_share >= 0 && options.largest_share <= 1)) {
    throw_invalid_argument("sweep", "largest_share", "must be 0 to 1");
  }
}

}  // namespace

SweepReport Sweeper::sweep(const SweepOptions& options, Deadline deadline) {
  check(options);
  const auto identity = ports::check_ownership(metadata_, outputs_, "sweep", deadline);
  SweepReport report;
  const Candidates candidates = find(options, identity.now, deadline, report);
  report.orphans = candidates.size();
  report.complete = !report.next;
  if (options.dry_run || candidates.size() == 0) return report;
  ports::check_few_unknown(
      metadata_, options,
      {.what = "outputs", .count = candidates.unknown.size(), .scanned = report.scanned}, deadline);
  const bool removed = remove(candidates.buried, false, deadline, report) &&
                       remove(candidates.unknown, true, deadline, report);
  if (!removed) {
    // What is left is found again only by a scan of the same stretch.
    report.complete = false;
    report.next = options.after;
  }
  return report;
}

Sweeper::Candidates Sweeper::find(const SweepOptions& options, Timestamp now, Deadline deadline,
                                  SweepReport& report) {
  const Deadline half = deadline.within(deadline.remaining() / 2);
  const std::uint64_t total = options.progress ? outputs_.count(deadline) : 0;
  Candidates candidates;
  for (ports::OutputScan scan{.after = options.after.value_or(ContentId()), .limit = page_size};;) {
    const auto page = outputs_.scan(scan, deadline);
    if (page.empty()) return candidates;
    report.scanned += page.size();
    if (options.progress) options.progress(report.scanned, std::max(total, report.scanned));
    std::vector<ContentId> old;
    for (const auto& output : page) {
      if (!values::is_younger(output.id, options.min_age, now)) old.push_back(output.id);
    }
    add_orphans(old, deadline, candidates);
    scan.after = page.back().id;
    if (half.expired() || candidates.size() >= most_candidates) {
      report.next = scan.after;
      return candidates;
    }
  }
}

void Sweeper::add_orphans(std::span<const ContentId> ids, Deadline deadline,
                          Candidates& candidates) {
  if (ids.empty()) return;
  const auto facts = metadata_.look_up(ids, deadline);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (facts[i].version) continue;
    (facts[i].buried ? candidates.buried : candidates.unknown).push_back(ids[i]);
  }
}

// False when the deadline came first.
bool Sweeper::remove(std::span<const ContentId> ids, bool claim, Deadline deadline,
                     SweepReport& report) {
  for (std::size_t first = 0; first < ids.size(); first += claim_size) {
    if (deadline.expired()) return false;
    const auto batch = ids.subspan(first, std::min(claim_size, ids.size() - first));
    std::vector<ContentId> owned_by_none(batch.begin(), batch.end());
    if (claim) {
      const auto without_row = metadata_.bury_unowned(batch, deadline);
      owned_by_none.clear();
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (without_row[i]) owned_by_none.push_back(batch[i]);
      }
    }
    outputs_.erase(owned_by_none, deadline);
    report.removed += owned_by_none.size();
  }
  return true;
}

}  // namespace polystore::write
