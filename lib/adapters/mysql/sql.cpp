#include "adapters/mysql/sql.hpp"

#include <utility>

namespace polystore::adapters::mysql {

my::Statement lock_buckets(const std::set<std::int64_t>& buckets, LockMode mode) {
  const std::vector<std::int64_t> sorted(buckets.begin(), buckets.end());
  my::Statement statement(
      "SELECT bucket FROM polystore_locks FORCE INDEX (PRIMARY) WHERE bucket IN ");
  statement.int64_list(sorted).sql(mode == LockMode::shared ? " ORDER BY bucket LOCK IN SHARE MODE"
                                                            : " ORDER BY bucket FOR UPDATE");
  return statement;
}

my::Statement lock_rows(std::span<const my::Uuid> ids) {
  my::Statement statement("SELECT id FROM ai_generated_content FORCE INDEX (PRIMARY) WHERE id IN ");
  statement.uuid_list(ids).sql(" ORDER BY id FOR UPDATE");
  return statement;
}

my::Statement bury(std::span<const my::Uuid> ids) {
  my::Statement statement("INSERT INTO polystore_tombstones (id) VALUES ");
  for (const my::Uuid& id : ids) statement.open().uuid(id).close();
  // Not IGNORE, which would let other faults of the statement pass.
  statement.sql(" ON DUPLICATE KEY UPDATE erased_at = erased_at");
  return statement;
}

void add_row_removals(my::Script& script, std::span<const my::Uuid> ids) {
  for (const my::Uuid& id : ids) {
    my::Statement remove("DELETE c FROM ai_generated_content AS c WHERE c.id = ");
    script.add(remove.uuid(id));
  }
}

my::Script remove_entries(std::span<const std::int64_t> sequences) {
  my::Script script;
  for (const std::int64_t sequence : sequences) {
    my::Statement remove("DELETE o FROM polystore_outbox AS o WHERE o.seq = ");
    script.add(remove.int64(sequence));
  }
  return script;
}

std::vector<my::Uuid> uuids_of(std::span<const ContentId> ids) {
  std::vector<my::Uuid> uuids;
  uuids.reserve(ids.size());
  for (const ContentId& id : ids) uuids.push_back(id.bytes());
  return uuids;
}

std::vector<ContentId> ids_of(const my::Result& rows) {
  std::vector<ContentId> ids;
  ids.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    ids.push_back(ContentId::from_bytes(rows.uuid(i, 0)));
  }
  return ids;
}

std::vector<std::int64_t> numbers_of(const my::Result& rows) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) numbers.push_back(rows.int64(i, 0));
  return numbers;
}

bool is_replica(const my::Result& rows) { return rows.rows() > 0 && is_on(rows.text(0, 1)); }

my::Statement& Inserts::next() {
  // A server takes 16 MiB in one message by default, and may be told to take less.
  constexpr std::size_t long_bytes = std::size_t{512} * 1024;
  if (statements_.empty() || statements_.back().size_bytes() > long_bytes) {
    statements_.emplace_back(head_);
  }
  return statements_.back();
}

void Inserts::append_to(my::Script& script) && {
  for (my::Statement& statement : statements_) script.add(std::move(statement));
}

my::Result run_one(my::ConnectionPool& pool, my::Statement statement, Deadline deadline,
                   my::Phase phase) {
  const auto connection = pool.acquire(deadline);
  my::Script script;
  my::add_time_limits(script, deadline);
  script.add(std::move(statement));
  return connection->run(script, deadline, phase).take(1);
}

}  // namespace polystore::adapters::mysql
