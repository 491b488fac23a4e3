#pragma once

#include "polystore/content_id.hpp"
#include "polystore/postgres/pool.hpp"
#include "polystore/postgres/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the parts of this adapter share.
namespace polystore::adapters::postgres {

namespace pq = polystore::postgres;

/// The class of every advisory lock that this library takes ("psto"); the second key tells which.
inline constexpr int lock_class = 1886614639;
inline constexpr int migration_lock = -1;
inline constexpr int id_locks = 64;  ///< 0 to 63: ids fall into so many buckets.

/// One bucket's lock guards the ids in it against being put and erased at once.
inline std::int64_t id_lock(const ContentId& id) noexcept { return id.bytes().back() % id_locks; }

/// One bucket's lock guards its users against being put for and erased at once. After all id locks.
inline std::int64_t user_lock(std::int64_t user_id) noexcept {
  return id_locks + user_id % id_locks;
}

inline std::vector<pq::Uuid> uuids_of(std::span<const ContentId> ids) {
  std::vector<pq::Uuid> uuids;
  uuids.reserve(ids.size());
  for (const ContentId& id : ids) uuids.push_back(id.bytes());
  return uuids;
}

inline std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// Runs one statement in a transaction of its own, with the deadline's time limits on the server.
/// `phase` is before_commit for one that only reads.
inline pq::Result run_one(pq::ConnectionPool& pool, pq::Pipeline statement, Deadline deadline,
                          pq::Phase phase) {
  const auto connection = pool.acquire(deadline);
  pq::Pipeline pipeline;
  pq::add_time_limits(pipeline, deadline);
  pipeline.append(std::move(statement));
  auto results = connection->run(pipeline, deadline, phase);
  results.check();
  return results.take(1);
}

inline pq::Result run_one(pq::ConnectionPool& pool, std::string sql, pq::Params params,
                          Deadline deadline, pq::Phase phase) {
  pq::Pipeline statement;
  statement.add(std::move(sql), std::move(params));
  return run_one(pool, std::move(statement), deadline, phase);
}

}  // namespace polystore::adapters::postgres
