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
      "SELECT counter.epoch, scope.kind, scope.name, scope.epoch "
      "FROM polystore_epoch_counter AS counter LEFT JOIN ("
      "SELECT kind, name, epoch FROM polystore_epochs WHERE epoch > ? ORDER BY epoch LIMIT ?"
      ") AS scope ORDER BY scope.epoch",
      deadline);
  rows.bind(after).bind(static_cast<std::int64_t>(limit));
  rows.step();
  ports::EpochChanges found{.epoch = rows.integer(0)};
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

}  // namespace polystore::adapters::sqlite
