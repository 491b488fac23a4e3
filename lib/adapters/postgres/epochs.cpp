// The EpochPort part of MetadataStore, and of MetadataTransaction.
#include "adapters/postgres/metadata_store.hpp"
#include "adapters/postgres/transaction.hpp"
#include "values/scope_name.hpp"

#include <span>

namespace polystore::adapters::postgres {
namespace {

// The counter's row stays locked until the commit: whoever sees a number sees all before it.
constexpr const char* invalidate = R"(
WITH counter AS (
  UPDATE polystore_epoch_counter SET epoch = greatest(epoch, $3::int8) + 1 RETURNING epoch)
INSERT INTO polystore_epochs (kind, name, epoch) SELECT $1::int8, $2, epoch FROM counter
ON CONFLICT (kind, name) DO UPDATE SET epoch = excluded.epoch
RETURNING epoch)";

// One statement is one snapshot. Without the first LIMIT the planner, before it has statistics,
// expects so many rows that it compiles the plan, for a quarter of a second.
constexpr const char* changes = R"(
SELECT counter.epoch, scope.kind, scope.name, scope.epoch,
  coalesce((SELECT max(epoch) FROM polystore_epochs_forgotten), 0)
FROM (SELECT epoch FROM polystore_epoch_counter LIMIT 1) AS counter LEFT JOIN LATERAL (
  SELECT kind, name, epoch FROM polystore_epochs WHERE epoch > $1 ORDER BY epoch LIMIT $2
) AS scope ON true
ORDER BY scope.epoch)";

// Notes in the time after which what they are of may go: so much finer it is known.
constexpr std::int64_t notes_per_age = 64;

// A note of the last number and $1, the time, unless there is one since $2.
constexpr const char* take_note = R"(
INSERT INTO polystore_epoch_notes (epoch, noted_at)
SELECT epoch, $1::int8 FROM polystore_epoch_counter WHERE epoch > 0 AND NOT EXISTS (
  SELECT FROM polystore_epoch_notes WHERE noted_at > $2::int8 AND noted_at <= $1::int8)
ON CONFLICT DO NOTHING)";

// The last number, and how many, of the $2 oldest invalidations that may go: those noted until $1,
// and those before the last one of everything.
constexpr const char* going = R"(
SELECT max(epoch), count(*) FROM (
  SELECT epoch FROM polystore_epochs WHERE kind <> 0 AND epoch <= greatest(
    (SELECT max(epoch) FROM polystore_epoch_notes WHERE noted_at <= $1),
    (SELECT epoch - 1 FROM polystore_epochs WHERE kind = 0))
  ORDER BY epoch LIMIT $2) AS oldest)";

pq::Params params_of(const Scope& scope, std::int64_t above) {
  pq::Params params;
  params.int64(static_cast<std::int64_t>(scope.kind()));
  params.bytea(std::as_bytes(std::span(scope.name()))).int64(above);
  return params;
}

}  // namespace

std::int64_t MetadataStore::invalidate_scope(const Scope& scope, std::int64_t above,
                                             Deadline deadline) {
  return run_one(pool_, invalidate, params_of(scope, above), deadline, pq::Phase::commit_sent)
      .int64(0, 0);
}

std::int64_t MetadataTransaction::invalidate_scope(const Scope& scope, Deadline deadline) {
  pq::Pipeline statement;
  statement.add(invalidate, params_of(scope, 0));
  return transaction_.run(std::move(statement), deadline).at(0).int64(0, 0);
}

ports::EpochChanges MetadataStore::read_epochs(std::int64_t after, std::size_t limit,
                                               Deadline deadline) {
  pq::Pipeline statement;
  statement.add_prepared(changes,
                         pq::Params().int64(after).int64(static_cast<std::int64_t>(limit)));
  const pq::Result rows = run_one(pool_, std::move(statement), deadline, pq::Phase::before_commit);
  ports::EpochChanges found{.epoch = rows.int64(0, 0), .forgotten = rows.int64(0, 4)};
  if (rows.is_null(0, 1)) return found;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto name = rows.bytea(i, 2);
    found.scopes.push_back(
        {.scope = values::scope_hash(static_cast<Scope::Kind>(rows.int64(i, 1)),
                                     {reinterpret_cast<const char*>(name.data()), name.size()}),
         .epoch = rows.int64(i, 3)});
  }
  return found;
}

std::size_t MetadataStore::forget_epochs(const ports::ForgetParams& params, Deadline deadline) {
  const std::int64_t now = params.now.time_since_epoch().count();
  const std::int64_t age = params.age.count();
  const auto connection = pool_.acquire(deadline);
  pq::Transaction transaction(*connection);
  pq::Pipeline look;
  look.add("SELECT FROM polystore_epoch_counter FOR UPDATE");
  look.add(take_note, pq::Params().int64(now).int64(now - age / notes_per_age));
  look.add(going, pq::Params().int64(now - age).int64(static_cast<std::int64_t>(params.most)));
  const auto looked = transaction.run(std::move(look), deadline);
  const auto count = static_cast<std::size_t>(looked.at(2).int64(0, 1));
  if (count > 0) {
    const std::int64_t last = looked.at(2).int64(0, 0);
    pq::Pipeline forget;
    for (const char* const sql :
         {"DELETE FROM polystore_epochs WHERE kind <> 0 AND epoch <= $1",
          "DELETE FROM polystore_epoch_notes WHERE epoch <= $1",
          "DELETE FROM polystore_epochs_forgotten WHERE epoch < $1",
          "INSERT INTO polystore_epochs_forgotten (epoch) VALUES ($1) ON CONFLICT DO NOTHING"}) {
      forget.add(sql, pq::Params().int64(last));
    }
    forget.add("UPDATE polystore_epoch_counter SET epoch = epoch + 1");
    transaction.run(std::move(forget), deadline);
  }
  transaction.commit(deadline);
  return count;
}

}  // namespace polystore::adapters::postgres
