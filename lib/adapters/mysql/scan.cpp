// The ScanPort part of MetadataStore.
#include "adapters/mysql/find.hpp"
#include "adapters/mysql/metadata_store.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace polystore::adapters::mysql {
namespace {

// Milliseconds since 1970.
constexpr std::string_view who_am_i =
    "SELECT store_id, @@global.read_only, "
    "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000 FROM polystore_identity";

/// What one row of look_up says.
enum class Fact : std::uint8_t { row, tombstone, write, erase };

// One statement is one snapshot.
my::Statement select_facts(std::span<const my::Uuid> ids) {
  my::Statement statement("SELECT 0, id, version FROM ai_generated_content WHERE id IN ");
  statement.uuid_list(ids);
  statement.sql(" UNION ALL SELECT 1, id, 0 FROM polystore_tombstones WHERE id IN ").uuid_list(ids);
  statement.sql(
      " UNION ALL SELECT IF(operation = 'write', 2, 3), id, version FROM polystore_outbox WHERE id "
      "IN ");
  statement.uuid_list(ids);
  return statement;
}

struct Facts {
  ports::IdFacts known{};
  std::vector<std::int64_t> writes{};  // their versions
};

std::map<ContentId, Facts> read_facts(const my::Result& rows) {
  std::map<ContentId, Facts> all;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    Facts& facts = all[ContentId::from_bytes(rows.uuid(i, 1))];
    const std::int64_t version = rows.int64(i, 2);
    switch (static_cast<Fact>(rows.int64(i, 0))) {
      case Fact::row:
        facts.known.version = version;
        break;
      case Fact::tombstone:
        facts.known.buried = true;
        break;
      case Fact::write:
        facts.writes.push_back(version);
        break;
      case Fact::erase:
        facts.known.erase_queued = true;
        break;
    }
  }
  for (auto& [id, facts] : all) {
    const auto& version = facts.known.version;
    facts.known.write_queued = std::ranges::any_of(
        facts.writes, [&](std::int64_t queued) { return !version || queued == *version; });
  }
  return all;
}

}  // namespace

ports::MetadataIdentity MetadataStore::identity(Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  my::Script script;
  my::add_time_limits(script, deadline);
  script.add(who_am_i).add(replica_sql);
  const auto results = connection->run(script, deadline, my::Phase::before_commit);
  const my::Result& row = results.at(1);
  return {.store_id = std::string(row.text(0, 0)),
          .standby = is_on(row.text(0, 1)) || is_replica(results.at(2)),
          .now = Timestamp(std::chrono::milliseconds(row.int64(0, 2)))};
}

std::uint64_t MetadataStore::count_rows(const ports::RowFilter& filter, Deadline deadline) {
  const my::Result row =
      run_one(pool_, count_statement(filter), deadline, my::Phase::before_commit);
  return static_cast<std::uint64_t>(row.int64(0, 0));
}

std::vector<Metadata> MetadataStore::scan_rows(const ContentId& after, std::size_t limit,
                                               Deadline deadline) {
  return read_metadata(
      run_one(pool_, scan_statement(after, limit), deadline, my::Phase::before_commit));
}

std::vector<Metadata> MetadataStore::read_rows(std::span<const ContentId> ids, Deadline deadline) {
  if (ids.empty()) return {};
  return read_metadata(run_one(pool_, rows_statement(ids), deadline, my::Phase::before_commit));
}

std::vector<ContentId> MetadataStore::scan_tombstones(const ContentId& after, std::size_t limit,
                                                      Deadline deadline) {
  my::Statement statement("SELECT id FROM polystore_tombstones WHERE id > ");
  statement.uuid(after.bytes()).sql(" ORDER BY id LIMIT ");
  statement.int64(static_cast<std::int64_t>(limit));
  return ids_of(run_one(pool_, std::move(statement), deadline, my::Phase::before_commit));
}

std::vector<ports::IdFacts> MetadataStore::look_up(std::span<const ContentId> ids,
                                                   Deadline deadline) {
  const auto all =
      read_facts(run_one(pool_, select_facts(uuids_of(ids)), deadline, my::Phase::before_commit));
  std::vector<ports::IdFacts> found;
  found.reserve(ids.size());
  for (const ContentId& id : ids) {
    const auto facts = all.find(id);
    found.push_back(facts == all.end() ? ports::IdFacts{} : facts->second.known);
  }
  return found;
}

// A put holds its ids' buckets, shared, until it ends: with the bucket locked, what has no row gets
// none before the tombstone is there.
std::vector<bool> MetadataStore::bury_unowned(std::span<const ContentId> ids, Deadline deadline) {
  if (ids.empty()) return {};
  std::set<std::int64_t> buckets;
  for (const ContentId& id : ids) buckets.insert(id_lock(id));
  my::Statement owned("SELECT id FROM ai_generated_content WHERE id IN ");
  owned.uuid_list(uuids_of(ids)).sql(" ORDER BY id");
  const auto connection = pool_.acquire(deadline);
  my::Transaction transaction(*connection);
  my::Script look;
  look.add(lock_buckets(buckets, LockMode::exclusive)).add(std::move(owned));
  const auto rows = ids_of(transaction.run(std::move(look), deadline).at(1));

  std::vector<bool> without_row;
  std::set<ContentId> unowned;
  for (const ContentId& id : ids) {
    without_row.push_back(!std::ranges::binary_search(rows, id));
    if (without_row.back()) unowned.insert(id);
  }
  if (unowned.empty()) return without_row;
  const std::vector<ContentId> sorted(unowned.begin(), unowned.end());
  transaction.run(my::Script().add(bury(uuids_of(sorted))), deadline);
  transaction.commit(deadline);
  return without_row;
}

}  // namespace polystore::adapters::mysql
