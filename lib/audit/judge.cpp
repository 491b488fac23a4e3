#include "audit/judge.hpp"

#include "values/read_copy.hpp"

#include <array>
#include <utility>

namespace polystore::audit {
namespace {

// A suspect whose facts change that often is in use, and its users read it.
constexpr int attempts = 3;

std::optional<Content> decoded(std::span<const std::byte> copy) {
  try {
    return values::decode_read_copy(copy);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Violation> fault_of(const Metadata& row, std::span<const std::byte> copy,
                                  std::int64_t version) {
  const auto content = decoded(copy);
  if (!content || content->metadata.id != row.id || content->metadata.version != version) {
    return Violation::output_damaged;
  }
  if (version < row.version) return Violation::output_outdated;
  if (version > row.version) return Violation::output_ahead;
  if (content->metadata != row) return Violation::copy_differs;
  return std::nullopt;
}

std::vector<Judge::Copy> Judge::read(std::span<const ContentId> ids, Deadline deadline) {
  std::vector<Copy> copies;
  try {
    for (auto& output : outputs_.read(ids, deadline)) {
      copies.push_back({.output = std::move(output)});
    }
    return copies;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data_loss) throw;
    if (ids.size() == 1) return {Copy{.damaged = true}};
  }
  // One of them is damaged: which?
  copies.clear();
  for (const ContentId& id : ids) copies.push_back(read({&id, 1}, deadline).front());
  return copies;
}

std::vector<Verdict> Judge::judge(std::span<const Suspect> suspects, Deadline deadline) {
  std::vector<Verdict> verdicts(suspects.size());
  std::vector<std::size_t> open(suspects.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  for (int attempt = 0; attempt < attempts && !open.empty(); ++attempt) {
    std::vector<ContentId> ids;
    for (const std::size_t i : open) ids.push_back(suspects[i].id);
    // What the metadata say before and after is what they said while the output was read.
    const auto before = metadata_.look_up(ids, deadline);
    const auto copies = read(ids, deadline);
    const auto after = metadata_.look_up(ids, deadline);
    std::vector<std::size_t> changed;
    for (std::size_t k = 0; k < open.size(); ++k) {
      if (before[k] == after[k]) {
        verdicts[open[k]] = verdict_on(suspects[open[k]], after[k], copies[k]);
      } else {
        changed.push_back(open[k]);
      }
    }
    open = std::move(changed);
  }
  return verdicts;
}

Verdict Judge::verdict_on(const Suspect& suspect, const ports::IdFacts& facts, const Copy& copy) {
  Verdict verdict;
  if (!facts.version) {
    if ((copy.output || copy.damaged) && !facts.erase_queued) {
      verdict.violations.push_back(Violation::orphan_output);
    }
    return verdict;
  }
  if (facts.buried) verdict.violations.push_back(Violation::row_of_erased);
  // What is queued will replace what is there.
  if (facts.write_queued) return verdict;
  if (copy.damaged) {
    verdict.violations.push_back(Violation::output_damaged);
  } else if (!copy.output) {
    verdict.violations.push_back(Violation::output_missing);
  } else if (suspect.row && suspect.row->version == *facts.version) {
    const auto fault = fault_of(*suspect.row, copy.output->bson, copy.output->version);
    if (fault) verdict.violations.push_back(*fault);
    if (fault == Violation::copy_differs) verdict.copy = decoded(copy.output->bson);
  }
  return verdict;
}

}  // namespace polystore::audit
