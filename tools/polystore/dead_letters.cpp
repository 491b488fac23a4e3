#include "commands.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace polystore::tool {
namespace {

constexpr std::size_t page_items = 1000;

const char* name_of(DeadLetter::Operation operation) {
  return operation == DeadLetter::Operation::write ? "write" : "erase";
}

nlohmann::ordered_json json_of(const DeadLetter& letter) {
  return {{"sequence", letter.sequence},       {"id", letter.id.to_string()},
          {"version", letter.version},         {"operation", name_of(letter.operation)},
          {"attempts", letter.attempts},       {"body_bytes", letter.body_bytes},
          {"age_seconds", letter.age.count()}, {"reason", letter.reason}};
}

ExitCode list(Run& run, Maintenance& maintenance) {
  auto letters = nlohmann::ordered_json::array();
  std::size_t count = 0;
  std::int64_t after = 0;
  for (;;) {
    const auto page = maintenance.dead_letters(after, page_items, run.deadline);
    for (const DeadLetter& letter : page) {
      run.output.line(fmt::format("{:>8} {:<5} {} version {} after {} attempts, {} s old: {}",
                                  letter.sequence, name_of(letter.operation), letter.id.to_string(),
                                  letter.version, letter.attempts, letter.age.count(),
                                  letter.reason));
      if (run.arguments.json) letters.push_back(json_of(letter));
      after = letter.sequence;
    }
    count += page.size();
    if (page.size() < page_items) break;
  }
  run.output.set("dead_letters", std::move(letters));
  run.output.line(fmt::format("{} dead letters", count));
  return ExitCode::good;
}

}  // namespace

ExitCode dead_letters(Run& run) {
  ContentStore store = open_store(run);
  if (!run.arguments.retry) return list(run, store.maintenance());
  auto sequences = run.arguments.sequences;
  // One that is named twice is not one that is missing.
  std::ranges::sort(sequences);
  sequences.erase(std::ranges::unique(sequences).begin(), sequences.end());
  const std::uint64_t retried = store.maintenance().retry_dead_letters(sequences, run.deadline);
  run.output.set("retried", retried);
  run.output.line(fmt::format("{} made due again; `polystore relay` hands them over", retried));
  return retried < sequences.size() ? ExitCode::found : ExitCode::good;
}

}  // namespace polystore::tool
