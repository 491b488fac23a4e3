#include "adapters/postgres/outputs.hpp"

#include "adapters/postgres/health.hpp"
#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/text_index.hpp"
#include "support/failures.hpp"

#include <algorithm>
#include <chrono>

namespace polystore::adapters::postgres {

using ports::OutputDocument;
using ports::OutputOutcome;
using ports::OutputStatus;
using ports::StoredOutput;

namespace {

// Bodies that one reply holds: a document more than that at most.
constexpr std::int64_t reply_bytes = std::int64_t{16} * 1024 * 1024;
// A server that is away is no reason to take all the time that an open has.
constexpr std::chrono::seconds connect_time{3};

// The length of a body is known without reading it.
constexpr const char* read_outputs = R"(
SELECT n, version, body FROM (
  SELECT given.n, o.version, o.body,
    sum(octet_length(o.body)) OVER (ORDER BY given.n) - octet_length(o.body) AS before
  FROM unnest($1::uuid[]) WITH ORDINALITY AS given(id, n)
  JOIN polystore_outputs AS o ON o.id = given.id) AS found
WHERE before < $2 ORDER BY n)";

constexpr const char* scan_versions =
    "SELECT id, version FROM polystore_outputs WHERE id > $1 ORDER BY id LIMIT $2";

constexpr const char* scan_copies = R"(
SELECT id, version, body FROM (
  SELECT id, version, body,
    sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before
  FROM (SELECT id, version, body FROM polystore_outputs WHERE id > $1 ORDER BY id LIMIT $2) AS page)
  AS sized
WHERE before < $3 ORDER BY id)";

constexpr const char* read_owner = "SELECT store_id FROM polystore_outputs_owner";

OutputOutcome outcome_of(const Error& error) {
  return {support::refused_for_good(error) ? OutputStatus::rejected : OutputStatus::unacknowledged,
          error};
}

}  // namespace

std::vector<OutputOutcome> ColocatedOutputs::write(std::span<const OutputDocument> documents,
                                                   Deadline deadline) {
  std::vector<OutputOutcome> outcomes(documents.size());
  try {
    for (std::size_t first = 0; first < documents.size();) {
      const OutputBatch batch(documents.subspan(first), IfPresent::replace_older);
      const auto results = transaction_.run(batch.statement(), deadline);
      batch.read(results.at(0), std::span(outcomes).subspan(first, batch.size()));
      first += batch.size();
    }
  } catch (const Error& error) {
    // The transaction as a whole is lost then.
    std::ranges::fill(outcomes, OutputOutcome{OutputStatus::unacknowledged, error});
  }
  return outcomes;
}

void ColocatedOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  if (!ids.empty()) transaction_.run(erase_outputs(ids), deadline);
}

std::vector<ports::ScannedOutput> ColocatedOutputs::find_attached(std::span<const ContentId> ids,
                                                                  Deadline deadline) {
  if (ids.empty()) return {};
  return read_scanned(transaction_.run(find_attached_outputs(ids), deadline).at(0), true);
}

std::vector<OutputOutcome> PostgresOutputs::write(std::span<const OutputDocument> documents,
                                                  Deadline deadline) {
  std::vector<OutputOutcome> outcomes(documents.size());
  store(documents, outcomes, IfPresent::replace_older, deadline);
  return outcomes;
}

std::vector<OutputOutcome> PostgresOutputs::insert(std::span<const OutputDocument> documents,
                                                   Deadline deadline) {
  std::vector<OutputOutcome> outcomes(documents.size());
  store(documents, outcomes, IfPresent::leave, deadline);
  return outcomes;
}

void PostgresOutputs::store(std::span<const OutputDocument> documents,
                            std::span<OutputOutcome> outcomes, IfPresent if_present,
                            Deadline deadline) {
  for (std::size_t first = 0; first < documents.size();) {
    const OutputBatch batch(documents.subspan(first), if_present);
    store_batch(batch, documents.subspan(first, batch.size()),
                outcomes.subspan(first, batch.size()), if_present, deadline);
    first += batch.size();
  }
}

void PostgresOutputs::store_batch(const OutputBatch& batch,
                                  std::span<const OutputDocument> documents,
                                  std::span<OutputOutcome> outcomes, IfPresent if_present,
                                  Deadline deadline) {
  if (!breaker_.allows()) {
    std::ranges::fill(outcomes, OutputOutcome{OutputStatus::unacknowledged, breaker_.spared()});
    return;
  }
  const auto began = Deadline::Clock::now();
  try {
    batch.read(run_one(ready(deadline), batch.statement(), deadline, pq::Phase::commit_sent),
               outcomes);
    breaker_.answered();
  } catch (const Error& error) {
    const bool one_is_at_fault = support::may_concern_one(error);
    if (one_is_at_fault) {
      breaker_.answered();
    } else {
      breaker_.failed(error, began);
    }
    if (!one_is_at_fault || batch.size() == 1) {
      std::ranges::fill(outcomes, outcome_of(error));
      return;
    }
    // Halved until it stands alone, so that the others are stored.
    const std::size_t half = documents.size() / 2;
    store(documents.first(half), outcomes.first(half), if_present, deadline);
    store(documents.subspan(half), outcomes.subspan(half), if_present, deadline);
  }
}

void PostgresOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  if (!ids.empty()) run_one(ready(deadline), erase_outputs(ids), deadline, pq::Phase::commit_sent);
}

std::vector<ports::ScannedOutput> PostgresOutputs::find_attached(std::span<const ContentId> ids,
                                                                 Deadline deadline) {
  if (ids.empty()) return {};
  return read_scanned(
      run_one(ready(deadline), find_attached_outputs(ids), deadline, pq::Phase::before_commit),
      true);
}

std::vector<std::optional<StoredOutput>> PostgresOutputs::read(std::span<const ContentId> ids,
                                                               Deadline deadline) {
  std::vector<std::optional<StoredOutput>> found(ids.size());
  for (std::size_t first = 0; first < ids.size();) {
    pq::Pipeline statement;
    statement.add_prepared(
        read_outputs, pq::Params().uuid_array(uuids_of(ids.subspan(first))).int64(reply_bytes));
    const pq::Result rows =
        run_one(ready(deadline), std::move(statement), deadline, pq::Phase::before_commit);
    std::int64_t bytes = 0;
    std::size_t last = first;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      const auto body = rows.bytea(i, 2);
      bytes += static_cast<std::int64_t>(body.size());
      last = first + static_cast<std::size_t>(rows.int64(i, 0));  // from 1: the one after it
      found.at(last - 1) =
          StoredOutput{.version = rows.int64(i, 1), .bson = {body.begin(), body.end()}};
    }
    if (bytes < reply_bytes) break;  // there are no more
    first = last;
  }
  return found;
}

std::vector<ports::ScannedOutput> PostgresOutputs::scan(const ports::OutputScan& scan,
                                                        Deadline deadline) {
  pq::Params params;
  params.uuid(scan.after.bytes()).int64(static_cast<std::int64_t>(scan.limit));
  if (scan.with_copies) params.int64(reply_bytes);
  const pq::Result rows = run_one(ready(deadline), scan.with_copies ? scan_copies : scan_versions,
                                  std::move(params), deadline, pq::Phase::before_commit);
  return read_scanned(rows, scan.with_copies);
}

std::uint64_t PostgresOutputs::count(Deadline deadline) {
  const pq::Result row = run_one(ready(deadline), "SELECT count(*) FROM polystore_outputs", {},
                                 deadline, pq::Phase::before_commit);
  return static_cast<std::uint64_t>(row.int64(0, 0));
}

std::string PostgresOutputs::claim_for(const std::string& store_id, Deadline deadline) {
  for (bool claimed = false;; claimed = true) {
    const pq::Result row =
        run_one(ready(deadline), read_owner, {}, deadline, pq::Phase::before_commit);
    if (row.rows() > 0 || claimed) return std::string(row.text(0, 0));
    run_one(ready(deadline),
            "INSERT INTO polystore_outputs_owner (store_id) VALUES ($1) ON CONFLICT DO NOTHING",
            pq::Params().text(store_id), deadline, pq::Phase::commit_sent);
  }
}

void PostgresOutputs::migrate(Deadline deadline) {
  tables_owed_ = true;
  const auto connection = connect(deadline);
  postgres::migrate(*connection, outputs_schema(), deadline);
  if (text_search_) make_text_index(*connection, deadline);
  tables_owed_ = false;
}

pq::ConnectionPool::Lease PostgresOutputs::connect(Deadline deadline) {
  if (colocated_) return pool_.acquire(deadline);
  try {
    return pool_.acquire(deadline.within(connect_time));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded || deadline.expired()) throw;
    throw Error({.code = ErrorCode::unavailable,
                 .backend = Backend::postgres,
                 .retryable = true,
                 .operation = "connect",
                 .message = "the server did not answer within 3 s"});
  }
}

pq::ConnectionPool& PostgresOutputs::ready(Deadline deadline) {
  if (tables_owed_) migrate(deadline);
  return pool_;
}

std::vector<HealthCheck> PostgresOutputs::check(Deadline deadline) {
  return check_server(pool_, pool_size_, outputs_schema(), deadline);
}

}  // namespace polystore::adapters::postgres
