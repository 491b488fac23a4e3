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

// Notes in the time after which what they are of may go: so much finer it is known.
constexpr std::int64_t notes_per_age = 64;

// Takes a note of the last number and the time, unless there is a young one. Then the last number,
// and how many, of the oldest invalidations that may go: those that were noted long ago, and those
// before the last one of everything.
my::Script find_old(const ports::ForgetParams& params) {
  const std::int64_t now = params.now.time_since_epoch().count();
  const std::int64_t age = params.age.count();
  my::Statement note("INSERT IGNORE INTO polystore_epoch_notes (epoch, noted_at) SELECT epoch, ");
  note.int64(now).sql(
      " FROM polystore_epoch_counter WHERE epoch > 0 AND NOT EXISTS (SELECT 1 FROM ");
  note.sql("(SELECT noted_at FROM polystore_epoch_notes) AS notes WHERE noted_at > ");
  note.int64(now - age / notes_per_age).sql(" AND noted_at <= ").int64(now).sql(")");
  my::Statement going(
      "SELECT MAX(epoch), COUNT(*) FROM (SELECT epoch FROM polystore_epochs WHERE kind <> 0 AND "
      "epoch <= GREATEST(COALESCE((SELECT MAX(epoch) FROM polystore_epoch_notes WHERE noted_at "
      "<= ");
  going.int64(now - age);
  going.sql("), 0), COALESCE((SELECT epoch - 1 FROM polystore_epochs WHERE kind = 0), 0)) ");
  going.sql("ORDER BY epoch LIMIT ").int64(static_cast<std::int64_t>(params.most));
  going.sql(") AS oldest");
  my::Script script;
  script.add("SELECT epoch FROM polystore_epoch_counter FOR UPDATE");
  script.add(std::move(note)).add(std::move(going));
  return script;
}

my::Script remove_old(std::int64_t last) {
  my::Script script;
  for (const std::string_view sql : {"DELETE FROM polystore_epochs WHERE kind <> 0 AND epoch <= ",
                                     "DELETE FROM polystore_epoch_notes WHERE epoch <= ",
                                     "DELETE FROM polystore_epochs_forgotten WHERE epoch < "}) {
    my::Statement removal(sql);
    removal.int64(last);
    script.add(std::move(removal));
  }
  my::Statement record("INSERT IGNORE INTO polystore_epochs_forgotten (epoch) VALUES ");
  record.open().int64(last).close();
  script.add(std::move(record));
  script.add("UPDATE polystore_epoch_counter SET epoch = epoch + 1");
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
      "SELECT counter.epoch, scope.kind, scope.name, scope.epoch, "
      "COALESCE((SELECT MAX(epoch) FROM polystore_epochs_forgotten), 0) "
      "FROM polystore_epoch_counter AS counter LEFT JOIN (SELECT kind, name, epoch FROM "
      "polystore_epochs WHERE epoch > ");
  changes.int64(after).sql(" ORDER BY epoch LIMIT ").int64(static_cast<std::int64_t>(limit));
  changes.sql(") AS scope ON true ORDER BY scope.epoch");
  const my::Result rows = run_one(pool_, std::move(changes), deadline, my::Phase::before_commit);
  ports::EpochChanges found{.epoch = rows.int64(0, 0), .forgotten = rows.int64(0, 4)};
  if (rows.is_null(0, 1)) return found;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.scopes.push_back(
        {.scope = values::scope_hash(static_cast<Scope::Kind>(rows.int64(i, 1)), rows.text(i, 2)),
         .epoch = rows.int64(i, 3)});
  }
  return found;
}

std::size_t MetadataStore::forget_epochs(const ports::ForgetParams& params, Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  my::Transaction transaction(*connection);
  const auto looked = transaction.run(find_old(params), deadline);
  const auto count = static_cast<std::size_t>(looked.at(2).int64(0, 1));
  if (count > 0) transaction.run(remove_old(looked.at(2).int64(0, 0)), deadline);
  transaction.commit(deadline);
  return count;
}

}  // namespace polystore::adapters::mysql
