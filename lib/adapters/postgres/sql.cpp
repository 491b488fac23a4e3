#include "adapters/postgres/sql.hpp"

#include <utility>

namespace polystore::adapters::postgres {

pq::Params lock_params(const std::set<std::int64_t>& locks) {
  const std::vector<std::int64_t> buckets(locks.begin(), locks.end());
  return std::move(pq::Params().int64(lock_class).int64_array(buckets));
}

std::string bury_sql(std::string_view condition) {
  return "INSERT INTO polystore_tombstones (id) "
         "SELECT DISTINCT given.id FROM unnest($1::uuid[]) AS given(id) " +
         std::string(condition) + " ORDER BY given.id ON CONFLICT (id) DO NOTHING";
}

std::vector<pq::Uuid> uuids_of(std::span<const ContentId> ids) {
  std::vector<pq::Uuid> uuids;
  uuids.reserve(ids.size());
  for (const ContentId& id : ids) uuids.push_back(id.bytes());
  return uuids;
}

std::vector<ContentId> ids_of(const pq::Result& rows) {
  std::vector<ContentId> ids;
  ids.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    ids.push_back(ContentId::from_bytes(rows.uuid(i, 0)));
  }
  return ids;
}

pq::Result run_one(pq::ConnectionPool& pool, pq::Pipeline statements, Deadline deadline,
                   pq::Phase phase) {
  const auto connection = pool.acquire(deadline);
  pq::Pipeline pipeline;
  pq::add_time_limits(pipeline, deadline);
  pipeline.append(std::move(statements));
  auto results = connection->run(pipeline, deadline, phase);
  results.check();
  return results.take(pipeline.size() - 1);
}

pq::Result run_one(pq::ConnectionPool& pool, std::string sql, pq::Params params, Deadline deadline,
                   pq::Phase phase) {
  pq::Pipeline statement;
  statement.add(std::move(sql), std::move(params));
  return run_one(pool, std::move(statement), deadline, phase);
}

}  // namespace polystore::adapters::postgres
