// The ScanPort part of MetadataStore.
#include "adapters/postgres/find.hpp"
#include "adapters/postgres/metadata_store.hpp"

#include <set>
#include <string>

namespace polystore::adapters::postgres {
namespace {

constexpr const char* who_am_i =
    "SELECT store_id::text, pg_is_in_recovery(), clock_timestamp() FROM polystore_identity";

constexpr const char* tombstones =
    "SELECT id FROM polystore_tombstones WHERE id > $1 ORDER BY id LIMIT $2";

// One statement is one snapshot.
constexpr const char* content_facts = R"(
SELECT c.version, t.id IS NOT NULL,
  EXISTS (SELECT FROM polystore_outbox AS o WHERE o.id = given.id AND o.operation = 'write' AND
          (c.version IS NULL OR o.version = c.version)),
  EXISTS (SELECT FROM polystore_outbox AS o WHERE o.id = given.id AND o.operation = 'erase')
FROM unnest($1::uuid[]) WITH ORDINALITY AS given(id, n)
LEFT JOIN ai_generated_content AS c ON c.id = given.id
LEFT JOIN polystore_tombstones AS t ON t.id = given.id
ORDER BY given.n)";

// A put holds its ids' locks, shared, until it ends: with the lock, what has no row gets none
// before the tombstone is there. In order, as puts and erases do.
constexpr const char* lock_ids =
    "SELECT pg_advisory_xact_lock($1::int8::int4, bucket::int4) FROM unnest($2::int8[]) AS bucket";

const std::string without_row =
    "WHERE NOT EXISTS (SELECT FROM ai_generated_content AS c WHERE c.id = given.id)";

// A row can't have come since the ids were buried; one that was erased since has its tombstone.
const std::string unowned =
    "SELECT given.n FROM unnest($1::uuid[]) WITH ORDINALITY AS given(id, n) " + without_row;

}  // namespace

ports::MetadataIdentity MetadataStore::identity(Deadline deadline) {
  const pq::Result row = run_one(pool_, who_am_i, {}, deadline, pq::Phase::before_commit);
  return {.store_id = std::string(row.text(0, 0)),
          .standby = row.boolean(0, 1),
          .now = row.timestamptz(0, 2)};
}

std::uint64_t MetadataStore::count_rows(const ports::RowFilter& filter, Deadline deadline) {
  FindStatement statement = count_statement(filter);
  const pq::Result row = run_one(pool_, std::move(statement.sql), std::move(statement.params),
                                 deadline, pq::Phase::before_commit);
  return static_cast<std::uint64_t>(row.int64(0, 0));
}

std::vector<Metadata> MetadataStore::scan_rows(const ContentId& after, std::size_t limit,
                                               Deadline deadline) {
  FindStatement statement = scan_statement(after, limit);
  return read_metadata(run_one(pool_, std::move(statement.sql), std::move(statement.params),
                               deadline, pq::Phase::before_commit));
}

std::vector<Metadata> MetadataStore::read_rows(std::span<const ContentId> ids, Deadline deadline) {
  FindStatement statement = rows_statement(ids);
  return read_metadata(run_one(pool_, std::move(statement.sql), std::move(statement.params),
                               deadline, pq::Phase::before_commit));
}

std::vector<ContentId> MetadataStore::scan_tombstones(const ContentId& after, std::size_t limit,
                                                      Deadline deadline) {
  const pq::Result rows = run_one(
      pool_, tombstones, pq::Params().uuid(after.bytes()).int64(static_cast<std::int64_t>(limit)),
      deadline, pq::Phase::before_commit);
  return ids_of(rows);
}

std::vector<ports::IdFacts> MetadataStore::look_up(std::span<const ContentId> ids,
                                                   Deadline deadline) {
  const pq::Result rows = run_one(pool_, content_facts, pq::Params().uuid_array(uuids_of(ids)),
                                  deadline, pq::Phase::before_commit);
  std::vector<ports::IdFacts> found;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    auto& item = found.emplace_back();
    if (!rows.is_null(i, 0)) item.version = rows.int64(i, 0);
    item.buried = rows.boolean(i, 1);
    item.write_queued = rows.boolean(i, 2);
    item.erase_queued = rows.boolean(i, 3);
  }
  return found;
}

std::vector<bool> MetadataStore::bury_unowned(std::span<const ContentId> ids, Deadline deadline) {
  const auto uuids = uuids_of(ids);
  std::set<std::int64_t> locks;
  for (const ContentId& id : ids) locks.insert(id_lock(id));
  const auto connection = pool_.acquire(deadline);
  pq::Transaction transaction(*connection);
  pq::Pipeline statements;
  statements.add(lock_ids, lock_params(locks))
      .add(bury_sql(without_row), pq::Params().uuid_array(uuids))
      .add(unowned, pq::Params().uuid_array(uuids));
  const auto results = transaction.run(std::move(statements), deadline);
  transaction.commit(deadline);
  std::vector<bool> without_row(ids.size());
  for (std::size_t i = 0; i < results.at(2).rows(); ++i) {
    without_row.at(static_cast<std::size_t>(results.at(2).int64(i, 0) - 1)) = true;
  }
  return without_row;
}

}  // namespace polystore::adapters::postgres
