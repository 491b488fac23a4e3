// The outbox part of MetadataStore.
#include "adapters/postgres/metadata_store.hpp"
#include "adapters/postgres/transaction.hpp"

namespace polystore::adapters::postgres {
namespace {

// Takes the longest run of due entries that fits one answer, and always the first: $3 bounds the
// bytes that come back. Entries that were locked and not taken are free again at the end.
constexpr const char* claim = R"(
WITH due AS MATERIALIZED (
  SELECT seq, octet_length(body) AS bytes FROM polystore_outbox
  WHERE dead_at IS NULL AND next_attempt_at <= clock_timestamp()
  ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED),
taken AS (
  SELECT seq FROM (
    SELECT seq, sum(bytes) OVER (ORDER BY seq) AS total, row_number() OVER (ORDER BY seq) AS n
    FROM due) AS run
  WHERE n = 1 OR total <= $3),
claimed AS (
  UPDATE polystore_outbox AS o
  SET attempts = o.attempts + 1, next_attempt_at = clock_timestamp() + $2 * interval '1 ms'
  FROM taken WHERE o.seq = taken.seq
  RETURNING o.seq, o.id, o.version, o.operation, o.body, o.attempts)
SELECT * FROM claimed ORDER BY seq)";

constexpr std::int64_t claimed_bytes = std::int64_t{32} * 1024 * 1024;

// Locked in order first, as erase does.
constexpr const char* complete = R"(
DELETE FROM polystore_outbox WHERE seq IN (
  SELECT seq FROM polystore_outbox WHERE seq = ANY($1) ORDER BY seq FOR UPDATE))";

constexpr const char* put_off = R"(
UPDATE polystore_outbox
SET next_attempt_at = clock_timestamp() + $2 * interval '1 ms', last_error = $3 WHERE seq = $1)";

constexpr const char* give_up =
    "UPDATE polystore_outbox SET dead_at = clock_timestamp(), last_error = $2 WHERE seq = $1";

constexpr const char* stats = R"(
SELECT count(*) FILTER (WHERE dead_at IS NULL),
  coalesce(sum(octet_length(body)) FILTER (WHERE dead_at IS NULL), 0)::int8,
  coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE dead_at IS NULL)),
           0)::int8,
  count(*) FILTER (WHERE dead_at IS NOT NULL)
FROM polystore_outbox)";

constexpr const char* list = R"(
SELECT seq, id, version, operation, attempts, octet_length(body), coalesce(last_error, ''),
  extract(epoch FROM clock_timestamp() - created_at)::int8, dead_at IS NOT NULL
FROM polystore_outbox WHERE seq > $1 AND ($2 OR dead_at IS NOT NULL) ORDER BY seq LIMIT $3)";

constexpr const char* revive = R"(
UPDATE polystore_outbox SET dead_at = NULL, attempts = 0, next_attempt_at = clock_timestamp()
WHERE seq IN (
  SELECT seq FROM polystore_outbox WHERE dead_at IS NOT NULL AND ($1 OR seq = ANY($2))
  ORDER BY seq FOR UPDATE))";

ports::OutboxOperation operation_of(std::string_view name) {
  return name == "write" ? ports::OutboxOperation::write : ports::OutboxOperation::erase;
}

ports::OutboxStats read_stats(const pq::Result& row) {
  return {.pending = row.int64(0, 0),
          .pending_bytes = row.int64(0, 1),
          .oldest = std::chrono::seconds(row.int64(0, 2)),
          .dead = row.int64(0, 3)};
}
}  // namespace

std::vector<ports::ClaimedEntry> MetadataStore::claim_outbox(std::size_t limit,
                                                             std::chrono::milliseconds lease,
                                                             Deadline deadline) {
  const pq::Result rows = run_one(pool_, claim,
                                  pq::Params()
                                      .int64(static_cast<std::int64_t>(limit))
                                      .int64(lease.count())
                                      .int64(claimed_bytes),
                                  deadline, pq::Phase::commit_sent);
  std::vector<ports::ClaimedEntry> entries;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto body = rows.bytea(i, 4);
    entries.push_back({.sequence = rows.int64(i, 0),
                       .id = ContentId::from_bytes(rows.uuid(i, 1)),
                       .version = rows.int64(i, 2),
                       .operation = operation_of(rows.text(i, 3)),
                       .body = {body.begin(), body.end()},
                       .attempts = static_cast<std::int32_t>(rows.int64(i, 5))});
  }
  return entries;
}

std::uint64_t MetadataStore::complete_outbox(std::span<const std::int64_t> sequences,
                                             Deadline deadline) {
  return run_one(pool_, complete, pq::Params().int64_array(sequences), deadline,
                 pq::Phase::commit_sent)
      .affected_rows();
}

void MetadataStore::fail_outbox(std::int64_t sequence,
                                std::optional<std::chrono::milliseconds> delay,
                                const std::string& reason, Deadline deadline) {
  pq::Params params;
  params.int64(sequence);
  if (delay) params.int64(delay->count());
  params.text(reason);
  run_one(pool_, delay ? put_off : give_up, std::move(params), deadline, pq::Phase::commit_sent);
}

ports::OutboxStats MetadataStore::outbox_stats(Deadline deadline) {
  return read_stats(run_one(pool_, stats, {}, deadline, pq::Phase::before_commit));
}

ports::OutboxStats MetadataTransaction::outbox_stats(Deadline deadline) {
  pq::Pipeline statement;
  statement.add(stats);
  return read_stats(transaction_.run(statement, deadline).at(0));
}

std::vector<ports::ListedEntry> MetadataStore::list_outbox(ports::OutboxFilter filter,
                                                           std::int64_t after, std::size_t limit,
                                                           Deadline deadline) {
  const pq::Result rows = run_one(pool_, list,
                                  pq::Params()
                                      .int64(after)
                                      .boolean(filter == ports::OutboxFilter::all)
                                      .int64(static_cast<std::int64_t>(limit)),
                                  deadline, pq::Phase::before_commit);
  std::vector<ports::ListedEntry> entries;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    entries.push_back({.sequence = rows.int64(i, 0),
                       .id = ContentId::from_bytes(rows.uuid(i, 1)),
                       .version = rows.int64(i, 2),
                       .operation = operation_of(rows.text(i, 3)),
                       .attempts = static_cast<std::int32_t>(rows.int64(i, 4)),
                       .body_bytes = static_cast<std::uint64_t>(rows.int64(i, 5)),
                       .reason = std::string(rows.text(i, 6)),
                       .age = std::chrono::seconds(rows.int64(i, 7)),
                       .dead = rows.boolean(i, 8)});
  }
  return entries;
}

std::vector<std::byte> MetadataStore::read_outbox_body(std::int64_t sequence, Deadline deadline) {
  const pq::Result row = run_one(pool_, "SELECT body FROM polystore_outbox WHERE seq = $1",
                                 pq::Params().int64(sequence), deadline, pq::Phase::before_commit);
  if (row.rows() == 0) return {};
  const auto body = row.bytea(0, 0);
  return {body.begin(), body.end()};
}

std::uint64_t MetadataStore::revive_outbox(std::span<const std::int64_t> sequences,
                                           Deadline deadline) {
  return run_one(pool_, revive, pq::Params().boolean(sequences.empty()).int64_array(sequences),
                 deadline, pq::Phase::commit_sent)
      .affected_rows();
}

}  // namespace polystore::adapters::postgres
