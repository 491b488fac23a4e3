// The EpochPort part of MetadataStore, and of MetadataTransaction.
#include "adapters/mysql/metadata_store.hpp"
#include "adapters/mysql/transaction.hpp"
#include "values/scope_name.hpp"

#include <span>

namespace polystore::adapters::mysql {
namespace {

// The counter's row stays locked until the commit: whoever sees a number sees all before it.
my::Script invalidate(const Scope& scope, std::int64_t above) {
  my::Statement count("UPDATE polystore_epoch_counter SET epoch = GREATEST(epoch, ");
  count.int64(above).sql(") + 1");
  my::Statement record("INSERT INTO polystore_epochs (kind, name, epoch) SELECT ");
  record.int64(static_cast<std::int64_t>(scope.kind()));
  record.bytes(std::as_bytes(std::span(scope.name())));
  record.sql(", epoch FROM polystore_epoch_counter ON DUPLICATE KEY UPDATE epoch = VALUES(epoch)");
  my::Script script;
  script.add(std::move(count)).add(std::move(record));
  script.add("SELECT epoch FROM polystore_epoch_counter");
  return script;
}

std::int64_t read_number(const my::ScriptResults& results) { return results.at(2).int64(0, 0); }

}  // namespace

std::int64_t MetadataStore::invalidate_scope(const Scope& scope, std::int64_t above,
                                             Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  my::Transaction transaction(*connection);
  const std::int64_t epoch = read_number(transaction.run(invalidate(scope, above), deadline));
  transaction.commit(deadline);
  return epoch;
}

std::int64_t MetadataTransaction::invalidate_scope(const Scope& scope, Deadline deadline) {
  return read_number(transaction_.run(invalidate(scope, 0), deadline));
}

ports::EpochChanges MetadataStore::read_epochs(std::int64_t after, std::size_t limit,
                                               Deadline deadline) {
  // One statement is one snapshot.
  my::Statement changes(
      "SELECT counter.epoch, scope.kind, scope.name, scope.epoch FROM polystore_epoch_counter AS "
      "counter LEFT JOIN (SELECT kind, name, epoch FROM polystore_epochs WHERE epoch > ");
  changes.int64(after).sql(" ORDER BY epoch LIMIT ").int64(static_cast<std::int64_t>(limit));
  changes.sql(") AS scope ON true ORDER BY scope.epoch");
  const my::Result rows = run_one(pool_, std::move(changes), deadline, my::Phase::before_commit);
  ports::EpochChanges found{.epoch = rows.int64(0, 0)};
  if (rows.is_null(0, 1)) return found;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.scopes.push_back(
        {.scope = values::scope_hash(static_cast<Scope::Kind>(rows.int64(i, 1)), rows.text(i, 2)),
         .epoch = rows.int64(i, 3)});
  }
  return found;
}

}  // namespace polystore::adapters::mysql
