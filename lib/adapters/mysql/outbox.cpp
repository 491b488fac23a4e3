// The outbox part of MetadataStore.
#include "adapters/mysql/metadata_store.hpp"
#include "adapters/mysql/transaction.hpp"

namespace polystore::adapters::mysql {
namespace {

// No body is read for it: the index `state` has all of it.
constexpr const char* stats = R"(
SELECT COUNT(*) - COUNT(dead_at), COALESCE(SUM(IF(dead_at IS NULL, body_bytes, 0)), 0),
  COALESCE(TIMESTAMPDIFF(SECOND, MIN(IF(dead_at IS NULL, created_at, NULL)), UTC_TIMESTAMP(6)), 0),
  COUNT(dead_at)
FROM polystore_outbox)";

// What comes back at once, but always the first entry.
constexpr std::int64_t claimed_bytes = std::int64_t{32} * 1024 * 1024;

constexpr std::string_view now = "UTC_TIMESTAMP(6)";

ports::OutboxOperation operation_of(std::string_view name) {
  return name == "write" ? ports::OutboxOperation::write : ports::OutboxOperation::erase;
}

ports::OutboxStats read_stats(const my::Result& row) {
  return {.pending = row.int64(0, 0),
          .pending_bytes = row.int64(0, 1),
          .oldest = std::chrono::seconds(row.int64(0, 2)),
          .dead = row.int64(0, 3)};
}

// The longest run of due entries that fits one answer.
std::vector<std::int64_t> take_run(const my::Result& due) {
  std::vector<std::int64_t> taken;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < due.rows(); ++i) {
    bytes += due.int64(i, 1);
    if (!taken.empty() && bytes > claimed_bytes) break;
    taken.push_back(due.int64(i, 0));
  }
  return taken;
}

void set_due_after(my::Statement& update, std::chrono::milliseconds span) {
  update.sql("next_attempt_at = ").sql(now).sql(" + INTERVAL ");
  update.int64(std::chrono::microseconds(span).count()).sql(" MICROSECOND");
}

my::Script claim(std::span<const std::int64_t> taken, std::chrono::milliseconds lease) {
  my::Statement update(
      "UPDATE polystore_outbox FORCE INDEX (PRIMARY) SET attempts = attempts + 1, ");
  set_due_after(update, lease);
  update.sql(" WHERE seq IN ").int64_list(taken);
  my::Statement select(
      "SELECT seq, id, version, operation, body, attempts FROM polystore_outbox WHERE seq IN ");
  select.int64_list(taken).sql(" ORDER BY seq");
  return std::move(my::Script().add(std::move(update)).add(std::move(select)));
}

}  // namespace

std::vector<ports::ClaimedEntry> MetadataStore::claim_outbox(std::size_t limit,
                                                             std::chrono::milliseconds lease,
                                                             Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  my::Transaction transaction(*connection);
  my::Statement due(
      "SELECT seq, body_bytes FROM polystore_outbox FORCE INDEX (PRIMARY) "
      "WHERE dead_at IS NULL AND next_attempt_at <= UTC_TIMESTAMP(6) ORDER BY seq LIMIT ");
  due.int64(static_cast<std::int64_t>(limit)).sql(" FOR UPDATE SKIP LOCKED");
  const auto found = transaction.run(my::Script().add(std::move(due)), deadline);
  // Entries that were locked and not taken are free again at the end.
  const auto taken = take_run(found.at(0));
  if (taken.empty()) return {};
  const auto results = transaction.run(claim(taken, lease), deadline);
  transaction.commit(deadline);
  const my::Result& rows = results.at(1);
  std::vector<ports::ClaimedEntry> entries;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto body = rows.bytes(i, 4);
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
  if (sequences.empty()) return 0;
  const auto connection = pool_.acquire(deadline);
  my::Transaction transaction(*connection);
  const auto results = transaction.run(remove_entries(sequences), deadline);
  std::uint64_t removed = 0;
  for (std::size_t i = 0; i < results.size(); ++i) removed += results.at(i).affected_rows();
  transaction.commit(deadline);
  return removed;
}

void MetadataStore::fail_outbox(std::int64_t sequence,
                                std::optional<std::chrono::milliseconds> delay,
                                const std::string& reason, Deadline deadline) {
  my::Statement update("UPDATE polystore_outbox FORCE INDEX (PRIMARY) SET last_error = ");
  update.text(reason).sql(", ");
  if (delay) {
    set_due_after(update, *delay);
  } else {
    update.sql("dead_at = ").sql(now);
  }
  update.sql(" WHERE seq = ").int64(sequence);
  run_one(pool_, std::move(update), deadline, my::Phase::commit_sent);
}

ports::OutboxStats MetadataStore::outbox_stats(Deadline deadline) {
  return read_stats(run_one(pool_, my::Statement(stats), deadline, my::Phase::before_commit));
}

ports::OutboxStats MetadataTransaction::outbox_stats(Deadline deadline) {
  return read_stats(transaction_.run(my::Script().add(stats), deadline).at(0));
}

std::vector<ports::ListedEntry> MetadataStore::list_outbox(ports::OutboxFilter filter,
                                                           std::int64_t after, std::size_t limit,
                                                           Deadline deadline) {
  my::Statement list(
      "SELECT seq, id, version, operation, attempts, body_bytes, last_error, "
      "TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(6)), dead_at IS NOT NULL "
      "FROM polystore_outbox FORCE INDEX (PRIMARY) WHERE seq > ");
  list.int64(after);
  if (filter == ports::OutboxFilter::dead) list.sql(" AND dead_at IS NOT NULL");
  list.sql(" ORDER BY seq LIMIT ").int64(static_cast<std::int64_t>(limit));
  const my::Result rows = run_one(pool_, std::move(list), deadline, my::Phase::before_commit);
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
                       .dead = rows.int64(i, 8) != 0});
  }
  return entries;
}

std::vector<std::byte> MetadataStore::read_outbox_body(std::int64_t sequence, Deadline deadline) {
  my::Statement statement("SELECT body FROM polystore_outbox WHERE seq = ");
  statement.int64(sequence);
  const my::Result row = run_one(pool_, std::move(statement), deadline, my::Phase::before_commit);
  if (row.rows() == 0) return {};
  const auto body = row.bytes(0, 0);
  return {body.begin(), body.end()};
}

// Named by number first: by the index of the dead, entries would be locked in another order.
std::uint64_t MetadataStore::revive_outbox(std::span<const std::int64_t> sequences,
                                           Deadline deadline) {
  my::Statement dead("SELECT seq FROM polystore_outbox WHERE dead_at IS NOT NULL");
  if (!sequences.empty()) dead.sql(" AND seq IN ").int64_list(sequences);
  const auto found =
      numbers_of(run_one(pool_, std::move(dead), deadline, my::Phase::before_commit));
  if (found.empty()) return 0;
  my::Statement revive("UPDATE polystore_outbox FORCE INDEX (PRIMARY) SET dead_at = NULL, ");
  revive.sql("attempts = 0, next_attempt_at = ").sql(now);
  revive.sql(" WHERE dead_at IS NOT NULL AND seq IN ").int64_list(found);
  return run_one(pool_, std::move(revive), deadline, my::Phase::commit_sent).affected_rows();
}

}  // namespace polystore::adapters::mysql
