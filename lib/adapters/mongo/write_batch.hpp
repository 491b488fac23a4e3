#pragma once

#include "polystore/deadline.hpp"
#include "polystore/mongo/client.hpp"

#include "adapters/mongo/command_parts.hpp"
#include "ports/output_port.hpp"

#include <optional>
#include <vector>

namespace polystore::adapters::mongo {

/// A command of more than 16 MiB is refused by the server; a batch that small also keeps the wait
/// of its members short. A single document may be larger than this.
inline constexpr std::size_t batch_bytes = std::size_t{12} * 1024 * 1024;

/// The documents of one batch, each with the place of its outcome.
struct Batch {
  std::vector<const ports::OutputDocument*> documents{};
  std::vector<ports::OutputOutcome*> outcomes{};

  void add(const ports::OutputDocument* document, ports::OutputOutcome* outcome) {
    documents.push_back(document);
    outcomes.push_back(outcome);
  }
};

/// Inserts the documents that are new, and sets every outcome. Never throws Error: the outcomes say
/// it. Returns the error of the server as a whole, if that is what failed.
std::optional<Error> insert_batch(const RunCommand& run, const Batch& batch, Deadline deadline);

/// As insert_batch, but replaces by version the documents that are there.
std::optional<Error> write_batch(const RunCommand& run, const Batch& batch, Deadline deadline);

}  // namespace polystore::adapters::mongo
