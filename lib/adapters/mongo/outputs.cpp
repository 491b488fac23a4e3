#include "adapters/mongo/outputs.hpp"

#include "polystore/mongo/write_reply.hpp"

#include "adapters/mongo/commands.hpp"
#include "adapters/mongo/schema.hpp"
#include "adapters/mongo/text_index.hpp"

#include <unordered_map>
#include <utility>

namespace polystore::adapters::mongo {
namespace {

using ports::OutputOutcome;
using ports::OutputStatus;
using ports::StoredOutput;

// The size of the batch of `documents` that starts at `first`.
std::size_t batch_size(std::span<const ports::OutputDocument> documents, std::size_t first) {
  std::size_t bytes = 0;
  std::size_t size = 0;
  while (first + size < documents.size()) {
    bytes += documents[first + size].bson.size();
    if (size > 0 && bytes > batch_bytes) break;
    ++size;
  }
  return size;
}

}  // namespace

Bson MongoOutputs::run(Bson command, Deadline deadline) {
  return pool_.acquire(deadline)->run(database_, std::move(command), deadline);
}

std::vector<OutputOutcome> MongoOutputs::write(std::span<const ports::OutputDocument> documents,
                                               Deadline deadline) {
  return send(documents, &write_batch, deadline);
}

std::vector<OutputOutcome> MongoOutputs::insert(std::span<const ports::OutputDocument> documents,
                                                Deadline deadline) {
  return send(documents, &insert_batch, deadline);
}

std::vector<OutputOutcome> MongoOutputs::send(std::span<const ports::OutputDocument> given,
                                              SendBatch send_batch, Deadline deadline) {
  const MarkedDocuments marked(given, marks_large_);
  const auto documents = marked.all();
  std::vector<OutputOutcome> outcomes(documents.size());
  const RunCommand run_command = [this](Bson command, Deadline end) {
    return run(std::move(command), end);
  };
  for (std::size_t first = 0; first < documents.size();) {
    const std::size_t size = batch_size(documents, first);
    Batch batch;
    for (std::size_t i = first; i < first + size; ++i) batch.add(&documents[i], &outcomes[i]);
    first += size;
    if (!breaker_.allows()) {
      for (OutputOutcome* outcome : batch.outcomes)
        *outcome = {OutputStatus::unacknowledged, breaker_.spared()};
      continue;
    }
    const auto began = Deadline::Clock::now();
    const auto failure = send_batch(run_command, batch, deadline);
    if (failure) {
      breaker_.failed(*failure, began);
    } else {
      breaker_.answered();
    }
  }
  return outcomes;
}

void MongoOutputs::run_write(Bson command, Deadline deadline) {
  check_written(*run(std::move(command), deadline).get());
}

void MongoOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  if (!ids.empty()) run_write(delete_command(ids, deadline), deadline);
}

std::vector<std::optional<StoredOutput>> MongoOutputs::read(std::span<const ContentId> ids,
                                                            Deadline deadline) {
  std::unordered_map<ContentId, StoredOutput> found;
  std::vector<ContentId> missing(ids.begin(), ids.end());
  while (!missing.empty()) {
    const Bson reply = run(find_command(missing), deadline);
    FoundBatch batch = parse_found(*reply.get());
    for (auto& item : batch.items) found.insert_or_assign(item.id, std::move(item.output));
    if (batch.cursor == 0) break;
    // A reply holds 16 MiB. The rest is asked for anew: a cursor is bound to a session, and the
    // driver may use another for the next command.
    release_cursor(batch.cursor, deadline);
    std::erase_if(missing, [&](const ContentId& id) { return found.contains(id); });
  }
  std::vector<std::optional<StoredOutput>> results;
  results.reserve(ids.size());
  for (const ContentId& id : ids) {
    const auto at = found.find(id);
    results.push_back(at == found.end() ? std::nullopt : std::optional(at->second));
  }
  return results;
}

std::vector<ports::ScannedOutput> MongoOutputs::find_attached(std::span<const ContentId> ids,
                                                              Deadline deadline) {
  if (ids.empty()) return {};
  const Bson reply = run(find_attached_command(ids), deadline);
  return parse_scan(*reply.get(), true);
}

// Best effort: the server ends cursors by itself, after minutes.
void MongoOutputs::release_cursor(std::int64_t cursor, Deadline deadline) {
  try {
    (void)run(kill_cursor_command(cursor), deadline);
  } catch (const Error&) {
  }
}

std::vector<ports::ScannedOutput> MongoOutputs::scan(const ports::OutputScan& scan,
                                                     Deadline deadline) {
  const Bson reply = run(scan_command(scan), deadline);
  return parse_scan(*reply.get(), scan.with_copies);
}

std::uint64_t MongoOutputs::count(Deadline deadline) {
  return parse_count(*run(count_command(), deadline).get());
}

std::string MongoOutputs::claim_for(const std::string& store_id, Deadline deadline) {
  if (auto owner = parse_owner_found(*run(owner_command(), deadline).get())) return *owner;
  for (int attempt = 0;; ++attempt) {
    try {
      const Bson reply = run(claim_command(store_id, deadline), deadline);
      const auto written = polystore::mongo::parse_write_reply(*reply.get());
      if (written.write_concern_error) {
        throw polystore::mongo::write_concern_error(*written.write_concern_error);
      }
      return parse_claim(*reply.get());
    } catch (const Error& error) {
      // Two that insert it at once: one of them is told of a duplicate key.
      if (error.code() != ErrorCode::conflict || attempt == 2) throw;
    }
  }
}

void MongoOutputs::migrate(Deadline deadline) {
  run_write(create_indexes_command(deadline), deadline);
  make_text_index(deadline);
}

}  // namespace polystore::adapters::mongo
