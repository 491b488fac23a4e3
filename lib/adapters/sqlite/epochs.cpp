// The EpochPort part of SqliteMetadata, and of SqliteTransaction.
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/transaction.hpp"
#include "values/scope_name.hpp"

#include <span>

namespace polystore::adapters::sqlite {
namespace {

// In the caller's transaction, which is the file's only writer until its end: whoever sees a number
// sees all before it.
std::int64_t record(Connection& connection, const Scope& scope, std::int64_t above,
                    Deadline deadline) {
  std::int64_t epoch = 0;
  {
    auto counter = connection.prepare(
        "UPDATE polystore_epoch_counter SET epoch = max(epoch, ?) + 1 RETURNING epoch", deadline);
    counter.bind(above).step();
    epoch = counter.integer(0);
    counter.run();
  }
  connection
      .prepare(
          "INSERT INTO polystore_epochs (kind, name, epoch) VALUES (?, ?, ?) "
          "ON CONFLICT (kind, name) DO UPDATE SET epoch = excluded.epoch",
          deadline)
      .bind(static_cast<std::int64_t>(scope.kind()))
      .bind(std::as_bytes(std::span(scope.name())))
      .bind(epoch)
      .run();
  return epoch;
}

// Notes in the time after which what they are of may go: so much finer it is known.
constexpr std::int64_t notes_per_age = 64;

// A note of the last number and the time, unless there is a young one.
void take_note(Connection& connection, std::int64_t now, std::int64_t age, Deadline deadline) {
  connection
      .prepare(
          "INSERT OR IGNORE INTO polystore_epoch_notes (epoch, noted_at) "
          "SELECT epoch, ?1 FROM polystore_epoch_counter WHERE epoch > 0 AND NOT EXISTS ("
          "SELECT 1 FROM polystore_epoch_notes WHERE noted_at > ?2 AND noted_at <= ?1)",
          deadline)
      .bind(now)
      .bind(now - age / notes_per_age)
      .run();
}

struct Going {
  std::int64_t last = 0;
  std::int64_t count = 0;
};

// The oldest invalidations that may go: those that were noted by then, and those before the last
// one of everything.
Going find_going(Connection& connection, std::int64_t noted_by, std::size_t most,
                 Deadline deadline) {
  auto going = connection.prepare(
      "SELECT coalesce(max(epoch), 0), count(*) FROM ("
      "SELECT epoch FROM polystore_epochs WHERE kind <> 0 AND epoch <= max("
      "coalesce((SELECT max(epoch) FROM polystore_epoch_notes WHERE noted_at <= ?), 0), "
      "coalesce((SELECT epoch - 1 FROM polystore_epochs WHERE kind = 0), 0)) "
      "ORDER BY epoch LIMIT ?)",
      deadline);
  going.bind(noted_by).bind(static_cast<std::int64_t>(most));
  going.step();
  return {.last = going.integer(0), .count = going.integer(1)};
}

void forget(Connection& connection, std::int64_t last, Deadline deadline) {
  for (const char* const sql :
       {"DELETE FROM polystore_epochs WHERE kind <> 0 AND epoch <= ?",
        "DELETE FROM polystore_epoch_notes WHERE epoch <= ?",
        "DELETE FROM polystore_epochs_forgotten WHERE epoch < ?",
        "INSERT OR IGNORE INTO polystore_epochs_forgotten (epoch) VALUES (?)"}) {
    connection.prepare(sql, deadline).bind(last).run();
  }
  connection.prepare("UPDATE polystore_epoch_counter SET epoch = epoch + 1", deadline).run();
}

}  // namespace

std::int64_t SqliteMetadata::invalidate_scope(const Scope& scope, std::int64_t above,
                                              Deadline deadline) {
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  const std::int64_t epoch = record(*lease, scope, above, deadline);
  transaction.commit(deadline);
  return epoch;
}

std::int64_t SqliteTransaction::invalidate_scope(const Scope& scope, Deadline deadline) {
  return record(connection(), scope, 0, deadline);
}

ports::EpochChanges SqliteMetadata::read_epochs(std::int64_t after, std::size_t limit,
                                                Deadline deadline) {
  const auto lease = database_->reader(deadline);
  // One statement is one snapshot.
  auto rows = lease->prepare(
      "SELECT counter.epoch, scope.kind, scope.name, scope.epoch, "
      "coalesce((SELECT max(epoch) FROM polystore_epochs_forgotten), 0) "
      "FROM polystore_epoch_counter AS counter LEFT JOIN ("
      "SELECT kind, name, epoch FROM polystore_epochs WHERE epoch > ? ORDER BY epoch LIMIT ?"
      ") AS scope ORDER BY scope.epoch",
      deadline);
  rows.bind(after).bind(static_cast<std::int64_t>(limit));
  rows.step();
  ports::EpochChanges found{.epoch = rows.integer(0), .forgotten = rows.integer(4)};
  if (rows.is_null(1)) return found;
  do {
    const auto name = rows.bytes(2);
    found.scopes.push_back(
        {.scope = values::scope_hash(static_cast<Scope::Kind>(rows.integer(1)),
                                     {reinterpret_cast<const char*>(name.data()), name.size()}),
         .epoch = rows.integer(3)});
  } while (rows.step());
  return found;
}

std::size_t SqliteMetadata::forget_epochs(const ports::ForgetParams& params, Deadline deadline) {
  const std::int64_t now = params.now.time_since_epoch().count();
  const std::int64_t age = params.age.count();
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  take_note(*lease, now, age, deadline);
  const Going going = find_going(*lease, now - age, params.most, deadline);
  if (going.count > 0) forget(*lease, going.last, deadline);
  transaction.commit(deadline);
  return static_cast<std::size_t>(going.count);
}

}  // namespace polystore::adapters::sqlite
