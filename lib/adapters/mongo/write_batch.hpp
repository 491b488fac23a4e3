#pragma once

#include "polystore/deadline.hpp"
#include "polystore/mongo/client.hpp"

#include "adapters/mongo/commands.hpp"
#include "ports/output_port.hpp"

#include <functional>
#include <span>

namespace polystore::adapters::mongo {

/// Sends one command to the database and returns its reply, or throws Error.
using RunCommand = std::function<Bson(Bson command, Deadline deadline)>;

/// A command of more than 16 MiB is refused by the server; a batch that small also keeps the wait
/// of its members short. A single document may be larger than this.
inline constexpr std::size_t batch_bytes = std::size_t{12} * 1024 * 1024;

/// Writes the documents of one batch: inserts them all, and replaces by version those that are
/// there. Sets the outcome at the place of each. Never throws Error: the outcomes say it. Returns
/// the error of the server as a whole, if that is what failed.
std::optional<Error> write_batch(const RunCommand& run, DocumentRefs documents,
                                 std::span<ports::OutputOutcome* const> outcomes,
                                 Deadline deadline);

}  // namespace polystore::adapters::mongo
