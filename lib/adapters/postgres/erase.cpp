// The erasing part of MetadataTransaction.
#include "adapters/postgres/find.hpp"
#include "adapters/postgres/transaction.hpp"

#include <algorithm>

namespace polystore::adapters::postgres {
namespace {

// An id without a row may be one that a put has inserted and not committed: the erase waits for it,
// so that it either sees the row or leaves its tombstone first. Buckets in order, as puts do.
constexpr const char* lock_missing = R"(
SELECT pg_advisory_xact_lock($1::int8::int4, bucket)
FROM (SELECT DISTINCT get_byte(uuid_send(given.id), 15) % $2::int8::int4 AS bucket
      FROM unnest($3::uuid[]) AS given(id)
      WHERE NOT EXISTS (SELECT FROM ai_generated_content AS c WHERE c.id = given.id)
      ORDER BY bucket) AS buckets)";

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

// As remove_rows, those that have the model once they are locked.
constexpr const char* remove_rows_of_model = R"(
DELETE FROM ai_generated_content WHERE id IN (
  SELECT c.id FROM ai_generated_content AS c
  WHERE c.id = ANY($1) AND c.model_id = (SELECT id FROM models WHERE name = $2)
  ORDER BY c.id FOR UPDATE)
RETURNING id)";

// A row that stays was buried by this transaction only: no row has a tombstone that is committed.
constexpr const char* unbury = R"(
DELETE FROM polystore_tombstones AS t USING ai_generated_content AS c
WHERE t.id = ANY($1) AND c.id = t.id)";

// Puts of the user's contents hold its lock shared. The row's own lock would do, but is granted to
// one put after another while an erase waits for it; this one is granted in turn.
constexpr const char* lock_user = "SELECT pg_advisory_xact_lock($1::int8::int4, $2::int8::int4)";

constexpr const char* lock_user_row = "SELECT FROM users WHERE id = $1 FOR UPDATE";

constexpr const char* oldest_rows =
    "SELECT id FROM ai_generated_content WHERE user_id = $1 ORDER BY generated_at, id LIMIT $2";

}  // namespace

std::vector<bool> MetadataTransaction::erase(std::span<const ContentId> ids, Deadline deadline) {
  const auto uuids = uuids_of(ids);
  pq::Pipeline statements;
  statements.add(lock_missing, pq::Params().int64(lock_class).int64(id_locks).uuid_array(uuids))
      .add(bury_sql(), pq::Params().uuid_array(uuids))
      .add(remove_rows, pq::Params().uuid_array(uuids))
      .add(remove_entries, pq::Params().uuid_array(uuids));
  const auto results = transaction_.run(std::move(statements), deadline);
  auto there = ids_of(results.at(2));
  std::ranges::sort(there);
  std::vector<bool> found;
  for (const ContentId& id : ids) found.push_back(std::ranges::binary_search(there, id));
  return found;
}

ports::ErasedOfUser MetadataTransaction::erase_user(std::int64_t user_id, std::size_t limit,
                                                    Deadline deadline) {
  pq::Pipeline look;
  // The rows are looked for by a statement that begins when the locks are held.
  look.add(lock_user, pq::Params().int64(lock_class).int64(postgres::user_lock(user_id)))
      .add(lock_user_row, pq::Params().int64(user_id))
      .add(oldest_rows, pq::Params().int64(user_id).int64(static_cast<std::int64_t>(limit + 1)));
  const auto seen = transaction_.run(std::move(look), deadline);
  if (seen.at(1).rows() == 0) return {};
  auto ids = ids_of(seen.at(2));
  const bool all = ids.size() <= limit;
  if (!all) ids.resize(limit);

  const auto uuids = uuids_of(ids);
  pq::Pipeline statements;
  statements.add(bury_sql(), pq::Params().uuid_array(uuids))
      .add(remove_rows, pq::Params().uuid_array(uuids))
      .add(remove_entries, pq::Params().uuid_array(uuids));
  if (all) statements.add("DELETE FROM users WHERE id = $1", pq::Params().int64(user_id));
  const auto results = transaction_.run(std::move(statements), deadline);
  return {.user_found = true, .user_removed = all, .ids = ids_of(results.at(1))};
}

// Tombstones before the rows are locked, as in every erase; so they are taken back where a row has
// got another model since it was found.
ports::ErasedRows MetadataTransaction::erase_matching(const ports::RowFilter& filter,
                                                      std::size_t limit, Deadline deadline) {
  FindStatement oldest = oldest_statement(filter, limit + 1);
  pq::Pipeline look;
  look.add(std::move(oldest.sql), std::move(oldest.params));
  auto ids = ids_of(transaction_.run(std::move(look), deadline).at(0));
  if (ids.empty()) return {};
  const bool more = ids.size() > limit;
  if (more) ids.resize(limit);

  const auto uuids = uuids_of(ids);
  pq::Pipeline statements;
  statements.add(bury_sql(), pq::Params().uuid_array(uuids));
  if (filter.model) {
    statements
        .add(remove_rows_of_model, std::move(pq::Params().uuid_array(uuids).text(*filter.model)))
        .add(unbury, pq::Params().uuid_array(uuids));
  } else {
    statements.add(remove_rows, pq::Params().uuid_array(uuids));
  }
  auto removed = ids_of(transaction_.run(std::move(statements), deadline).at(1));
  pq::Pipeline entries;
  entries.add(remove_entries, pq::Params().uuid_array(uuids_of(removed)));
  transaction_.run(std::move(entries), deadline);
  return {.ids = std::move(removed), .more = more};
}

}  // namespace polystore::adapters::postgres
