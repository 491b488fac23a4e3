#pragma once

#include "polystore/content_id.hpp"
#include "polystore/postgres/pool.hpp"
#include "polystore/postgres/transaction.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
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

/// The parameters of a statement that takes the locks of an array $2, in its order, of the class
/// $1. A set is what everybody's order is: sorted, each once.
pq::Params lock_params(const std::set<std::int64_t>& locks);

/// The statement that leaves a tombstone for each id of the array $1, `given`, that `condition` (a
/// WHERE, or nothing) lets through. In order, as everybody takes locks.
std::string bury_sql(std::string_view condition = {});

std::vector<pq::Uuid> uuids_of(std::span<const ContentId> ids);

/// The ids in the first column.
std::vector<ContentId> ids_of(const pq::Result& rows);

inline std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// Runs one statement in a transaction of its own, with the deadline's time limits on the server,
/// and before it what others there are. Its result. `phase` is before_commit for one that only
/// reads.
pq::Result run_one(pq::ConnectionPool& pool, pq::Pipeline statements, Deadline deadline,
                   pq::Phase phase);
pq::Result run_one(pq::ConnectionPool& pool, std::string sql, pq::Params params, Deadline deadline,
                   pq::Phase phase);

}  // namespace polystore::adapters::postgres
