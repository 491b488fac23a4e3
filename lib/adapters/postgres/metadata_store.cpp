#include "adapters/postgres/metadata_store.hpp"

#include "adapters/postgres/find.hpp"
#include "adapters/postgres/health.hpp"
#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/transaction.hpp"

#include <utility>

namespace polystore::adapters::postgres {
namespace {

// One statement is one snapshot. A dead entry counts: it is the only copy there is.
constexpr const char* states = R"(
SELECT given.n, c.version, o.body
FROM unnest($1::uuid[]) WITH ORDINALITY AS given(id, n)
JOIN ai_generated_content AS c ON c.id = given.id
LEFT JOIN LATERAL (
  SELECT body FROM polystore_outbox
  WHERE id = c.id AND version = c.version AND operation = 'write'
  ORDER BY seq DESC LIMIT 1) AS o ON true)";

class StatesReading final : public ports::StatesReading {
 public:
  StatesReading(pq::ConnectionPool& pool, std::span<const ContentId> ids, Deadline deadline)
      : count_(ids.size()), connection_(pool.acquire(deadline)) {
    pq::Pipeline pipeline;
    pq::add_time_limits(pipeline, deadline);
    pipeline.add_prepared(states, pq::Params().uuid_array(uuids_of(ids)));
    connection_->send(pipeline, deadline, pq::Phase::before_commit);
  }

  std::vector<std::optional<ports::RowState>> finish(Deadline deadline) override {
    std::vector<std::optional<ports::RowState>> found(count_);
    auto results = connection_->receive(deadline);
    results.check();
    const pq::Result rows = results.take(1);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      auto& state = found.at(static_cast<std::size_t>(rows.int64(i, 0) - 1)).emplace();
      state.version = rows.int64(i, 1);
      if (rows.is_null(i, 2)) continue;
      const auto body = rows.bytea(i, 2);
      state.pending.emplace(body.begin(), body.end());
    }
    return found;
  }

 private:
  const std::size_t count_;
  pq::ConnectionPool::Lease connection_;
};

}  // namespace

void MetadataStore::migrate(Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  postgres::migrate(*connection, metadata_schema(), deadline);
}

std::unique_ptr<ports::MetadataTransaction> MetadataStore::begin(Deadline deadline) {
  return std::make_unique<MetadataTransaction>(pool_.acquire(deadline), colocated_);
}

std::vector<HealthCheck> MetadataStore::check(Deadline deadline) {
  return check_server(pool_, pool_size_, metadata_schema(), deadline);
}

std::vector<std::optional<ports::RowState>> MetadataStore::read_states(
    std::span<const ContentId> ids, Deadline deadline) {
  return StatesReading(pool_, ids, deadline).finish(deadline);
}

std::unique_ptr<ports::StatesReading> MetadataStore::start_reading_states(
    std::span<const ContentId> ids, Deadline deadline) {
  return std::make_unique<StatesReading>(pool_, ids, deadline);
}

std::vector<Metadata> MetadataStore::find(const ports::FindParams& params, Deadline deadline) {
  const auto read = [&](const char* plan, FindStatement statement) {
    pq::Pipeline pipeline;
    pipeline.add(plan).add(std::move(statement.sql), std::move(statement.params));
    return run_one(pool_, std::move(pipeline), deadline, pq::Phase::before_commit);
  };
  const auto lists = lists_of(params);
  const auto page = [&](const ports::FindList& list, std::size_t rows) {
    return read_metadata(read(plan_for_find, find_statement(params, list, rows)));
  };
  const auto count = [&](std::size_t rows) {
    const pq::Result counted = read(plan_for_count, count_lists_statement(params, rows));
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < lists.size(); ++i) counts.push_back(counted.int64(0, i));
    return counts;
  };
  return ports::find_in_lists(params, lists, page, count);
}

bool MetadataStore::ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  return run_one(pool_, "INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                 pq::Params().int64(user_id).text(name), deadline, pq::Phase::commit_sent)
             .affected_rows() == 1;
}

bool MetadataStore::rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  return run_one(pool_, "UPDATE users SET name = $2 WHERE id = $1",
                 pq::Params().int64(user_id).text(name), deadline, pq::Phase::commit_sent)
             .affected_rows() == 1;
}

std::optional<ports::UserRecord> MetadataStore::find_user(std::int64_t user_id, Deadline deadline) {
  const pq::Result user =
      run_one(pool_, "SELECT name, date_trunc('milliseconds', created_at) FROM users WHERE id = $1",
              pq::Params().int64(user_id), deadline, pq::Phase::before_commit);
  if (user.rows() == 0) return std::nullopt;
  return ports::UserRecord{.name = std::string(user.text(0, 0)),
                           .created_at = user.timestamptz(0, 1)};
}

}  // namespace polystore::adapters::postgres
