#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/now.hpp"
#include "adapters/sqlite/read_id.hpp"
#include "adapters/sqlite/transaction.hpp"

#include <chrono>
#include <string>

namespace polystore::adapters::sqlite {
namespace {

using polystore::sqlite::Connection;
using polystore::sqlite::Statement;

ports::ClaimedEntry read_entry(const Statement& statement) {
  const auto body = statement.bytes(5);
  return {.sequence = statement.integer(0),
          .id = read_id(statement, 1),
          .version = statement.integer(2),
          .operation = static_cast<ports::OutboxOperation>(statement.integer(3)),
          .body = {body.begin(), body.end()},
          .attempts = static_cast<std::int32_t>(statement.integer(4)) + 1};
}

ports::OutboxStats read_stats(Connection& connection, Deadline deadline) {
  auto statement = connection.prepare(
      "SELECT count(*) FILTER (WHERE dead = 0), "
      "coalesce(sum(length(body)) FILTER (WHERE dead = 0), 0), "
      "coalesce(min(created_at) FILTER (WHERE dead = 0), ?), "
      "count(*) FILTER (WHERE dead = 1) FROM polystore_outbox",
      deadline);
  const std::int64_t now = now_milliseconds();
  statement.bind(now);
  statement.step();
  const std::chrono::milliseconds age(now - statement.integer(2));
  return {.pending = statement.integer(0),
          .pending_bytes = statement.integer(1),
          .oldest = std::chrono::floor<std::chrono::seconds>(age),
          .dead = statement.integer(3)};
}

}  // namespace

std::vector<ports::ClaimedEntry> SqliteMetadata::claim_outbox(std::size_t limit,
                                                              std::chrono::milliseconds lease_time,
                                                              Deadline deadline) {
  std::vector<ports::ClaimedEntry> claimed;
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  const std::int64_t now = now_milliseconds();
  {
    auto due = lease->prepare(
        "SELECT sequence, id, version, operation, attempts, body FROM polystore_outbox "
        "WHERE dead = 0 AND next_attempt_at <= ? ORDER BY sequence LIMIT ?",
        deadline);
    due.bind(now).bind(static_cast<std::int64_t>(limit));
    while (due.step()) claimed.push_back(read_entry(due));
  }
  auto take = lease->prepare(
      "UPDATE polystore_outbox SET attempts = attempts + 1, next_attempt_at = ? WHERE sequence = ?",
      deadline);
  for (const auto& entry : claimed) {
    take.reset();
    take.bind(now + lease_time.count()).bind(entry.sequence).run();
  }
  transaction.commit(deadline);
  return claimed;
}

std::uint64_t SqliteMetadata::complete_outbox(std::span<const std::int64_t> sequences,
                                              Deadline deadline) {
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  auto statement = lease->prepare("DELETE FROM polystore_outbox WHERE sequence = ?", deadline);
  std::uint64_t removed = 0;
  for (const std::int64_t sequence : sequences) {
    statement.reset();
    statement.bind(sequence).run();
    removed += lease->changes() > 0 ? 1U : 0U;
  }
  transaction.commit(deadline);
  return removed;
}

void SqliteMetadata::fail_outbox(std::int64_t sequence,
                                 std::optional<std::chrono::milliseconds> delay,
                                 const std::string& reason, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  lease
      ->prepare(
          "UPDATE polystore_outbox SET dead = ?, next_attempt_at = ?, last_failure = ? "
          "WHERE sequence = ?",
          deadline)
      .bind(std::int64_t{delay ? 0 : 1})
      .bind(now_milliseconds() + (delay ? delay->count() : 0))
      .bind(reason)
      .bind(sequence)
      .run();
}

ports::OutboxStats SqliteMetadata::outbox_stats(Deadline deadline) {
  return read_stats(*database_->reader(deadline), deadline);
}

ports::OutboxStats SqliteTransaction::outbox_stats(Deadline deadline) {
  return read_stats(connection(), deadline);
}

std::vector<ports::ListedEntry> SqliteMetadata::list_outbox(ports::OutboxFilter filter,
                                                            std::int64_t after, std::size_t limit,
                                                            Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(
      "SELECT sequence, id, version, operation, attempts, length(body), last_failure, created_at, "
      "dead FROM polystore_outbox WHERE sequence > ? AND dead >= ? ORDER BY sequence LIMIT ?",
      deadline);
  statement.bind(after)
      .bind(std::int64_t{filter == ports::OutboxFilter::dead ? 1 : 0})
      .bind(static_cast<std::int64_t>(limit));
  const std::int64_t now = now_milliseconds();
  std::vector<ports::ListedEntry> entries;
  while (statement.step()) {
    const std::chrono::milliseconds age(now - statement.integer(7));
    entries.push_back({.sequence = statement.integer(0),
                       .id = read_id(statement, 1),
                       .version = statement.integer(2),
                       .operation = static_cast<ports::OutboxOperation>(statement.integer(3)),
                       .attempts = static_cast<std::int32_t>(statement.integer(4)),
                       .body_bytes = static_cast<std::uint64_t>(statement.integer(5)),
                       .reason = statement.text(6),
                       .age = std::chrono::floor<std::chrono::seconds>(age),
                       .dead = statement.integer(8) != 0});
  }
  return entries;
}

std::vector<std::byte> SqliteMetadata::read_outbox_body(std::int64_t sequence, Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare("SELECT body FROM polystore_outbox WHERE sequence = ?", deadline);
  statement.bind(sequence);
  if (!statement.step()) return {};
  const auto body = statement.bytes(0);
  return {body.begin(), body.end()};
}

std::uint64_t SqliteMetadata::revive_outbox(std::span<const std::int64_t> sequences,
                                            Deadline deadline) {
  const std::string sql =
      "UPDATE polystore_outbox SET dead = 0, attempts = 0, next_attempt_at = ? WHERE dead = 1";
  const std::int64_t now = now_milliseconds();
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  std::int64_t revived = 0;
  if (sequences.empty()) {
    lease->prepare(sql, deadline).bind(now).run();
    revived = lease->changes();
  }
  for (const std::int64_t sequence : sequences) {
    lease->prepare(sql + " AND sequence = ?", deadline).bind(now).bind(sequence).run();
    revived += lease->changes();
  }
  transaction.commit(deadline);
  return static_cast<std::uint64_t>(revived);
}

}  // namespace polystore::adapters::sqlite
