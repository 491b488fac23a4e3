#include "adapters/postgres/transaction.hpp"

#include <string>

namespace polystore::adapters::postgres {

using ports::OutboxEntry;
using ports::OutboxOperation;

namespace {

constexpr const char* add_entries = R"(
INSERT INTO polystore_outbox (id, version, operation, body)
SELECT id, version, operation, body
FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::bytea[])
  WITH ORDINALITY AS given(id, version, operation, body, n)
ORDER BY n
RETURNING seq)";

// What one statement carries of bodies, unless one alone is larger.
constexpr std::size_t chunk_bytes = std::size_t{16} * 1024 * 1024;

/// How many of the entries go into the next statement; at least one.
std::size_t chunk_of(std::span<const OutboxEntry> entries) {
  std::size_t bytes = entries.front().body.size();
  std::size_t count = 1;
  while (count < entries.size() && bytes + entries[count].body.size() <= chunk_bytes) {
    bytes += entries[count++].body.size();
  }
  return count;
}

pq::Pipeline add_chunk(std::span<const OutboxEntry> entries) {
  std::vector<pq::Uuid> ids;
  std::vector<std::int64_t> versions;
  std::vector<std::string_view> operations;
  std::vector<std::span<const std::byte>> bodies;
  for (const OutboxEntry& entry : entries) {
    ids.emplace_back(entry.id.bytes());
    versions.push_back(entry.version);
    operations.emplace_back(entry.operation == OutboxOperation::write ? "write" : "erase");
    bodies.push_back(entry.body);
  }
  pq::Params params;
  params.uuid_array(ids).int64_array(versions).text_array(operations).bytea_array(bodies);
  pq::Pipeline pipeline;
  pipeline.add(add_entries, std::move(params));
  return pipeline;
}

}  // namespace

void MetadataTransaction::start_insert(std::span<const ports::NewRow> rows, Deadline deadline) {
  insert_.emplace(rows);
  transaction_.send(insert_->take_statements(), deadline);
}

std::vector<ports::InsertStatus> MetadataTransaction::finish_insert(Deadline deadline) {
  if (!insert_->settle(transaction_.receive(deadline))) {
    insert_->settle_rest(transaction_.run(insert_->ask_why(), deadline));
  }
  return insert_->statuses();
}

std::vector<std::int64_t> MetadataTransaction::enqueue(std::span<const OutboxEntry> entries,
                                                       Deadline deadline) {
  std::vector<std::int64_t> sequences;
  while (!entries.empty()) {
    const std::size_t count = chunk_of(entries);
    const auto results = transaction_.run(add_chunk(entries.first(count)), deadline);
    for (std::size_t i = 0; i < results.at(0).rows(); ++i) {
      sequences.push_back(results.at(0).int64(i, 0));
    }
    entries = entries.subspan(count);
  }
  return sequences;
}

}  // namespace polystore::adapters::postgres
