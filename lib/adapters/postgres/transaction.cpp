#include "adapters/postgres/transaction.hpp"

#include <algorithm>
#include <string>

namespace polystore::adapters::postgres {

using ports::OutboxEntry;
using ports::OutboxOperation;

namespace {

// An id without a row may be one that a put has inserted and not committed: the erase waits for it,
// so that it either sees the row or leaves its tombstone first. Buckets in order, as puts do.
constexpr const char* lock_missing = R"(
SELECT pg_advisory_xact_lock($1::int8::int4, bucket)
FROM (SELECT DISTINCT get_byte(uuid_send(given.id), 15) % $2::int8::int4 AS bucket
      FROM unnest($3::uuid[]) AS given(id)
      WHERE NOT EXISTS (SELECT FROM ai_generated_content AS c WHERE c.id = given.id)
      ORDER BY bucket) AS buckets)";

constexpr const char* bury = R"(
INSERT INTO polystore_tombstones (id) SELECT DISTINCT id FROM unnest($1::uuid[]) AS given(id)
ORDER BY id ON CONFLICT (id) DO NOTHING)";

// Locked in order first: DELETE alone locks in whatever order its plan finds the rows. After the
// rows: whoever changes a row queues an entry for it in the same transaction, and one that this
// erase waited for must not leave its entry behind.
constexpr const char* remove_entries = R"(
DELETE FROM polystore_outbox WHERE seq IN (
  SELECT seq FROM polystore_outbox WHERE id = ANY($1) ORDER BY seq FOR UPDATE))";

constexpr const char* remove_rows = R"(
DELETE FROM ai_generated_content WHERE id IN (
  SELECT id FROM ai_generated_content WHERE id = ANY($1) ORDER BY id FOR UPDATE)
RETURNING id)";

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

std::vector<bool> MetadataTransaction::erase(std::span<const ContentId> ids, Deadline deadline) {
  const auto uuids = uuids_of(ids);
  pq::Pipeline statements;
  statements.add(lock_missing, pq::Params().int64(lock_class).int64(id_locks).uuid_array(uuids))
      .add(bury, pq::Params().uuid_array(uuids))
      .add(remove_rows, pq::Params().uuid_array(uuids))
      .add(remove_entries, pq::Params().uuid_array(uuids));
  const auto results = transaction_.run(std::move(statements), deadline);
  const pq::Result& removed = results.at(2);
  std::vector<ContentId> there;
  for (std::size_t i = 0; i < removed.rows(); ++i) {
    there.push_back(ContentId::from_bytes(removed.uuid(i, 0)));
  }
  std::ranges::sort(there);
  std::vector<bool> found;
  for (const ContentId& id : ids) found.push_back(std::ranges::binary_search(there, id));
  return found;
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
