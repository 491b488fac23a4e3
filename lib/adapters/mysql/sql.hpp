#pragma once

#include "polystore/content_id.hpp"
#include "polystore/mysql/pool.hpp"
#include "polystore/mysql/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the parts of this adapter share.
///
/// Locks are taken in one order by everybody, so that no two transactions wait for each other: id
/// buckets, a user that is erased, rows by id, entries of the outbox by number. What a row refers
/// to is locked shared, by InnoDB's foreign keys; names are made known before a transaction begins.
/// Statements that take locks are held to one index and to single values or an order of it, for
/// InnoDB locks, and waits for, what the plan passes.
namespace polystore::adapters::mysql {

namespace my = polystore::mysql;

inline constexpr std::int64_t id_locks = 64;  ///< Ids fall into so many buckets.

/// One bucket's lock, a row of polystore_locks, guards the ids in it against being put and erased
/// at once.
inline std::int64_t id_lock(const ContentId& id) noexcept { return id.bytes().back() % id_locks; }

enum class LockMode : std::uint8_t { shared, exclusive };

/// The statement that locks buckets until the transaction ends, in order.
my::Statement lock_buckets(const std::set<std::int64_t>& buckets, LockMode mode);

/// The statement that locks the rows of these ids, in order, and gives the ids that have one.
my::Statement lock_rows(std::span<const my::Uuid> ids);

/// The statement that leaves a tombstone for each id; `ids` sorted, and at least one.
my::Statement bury(std::span<const my::Uuid> ids);

/// Adds the statements that remove the rows of these ids, sorted, with their tags and words. One
/// for each: the plan of one for all may pass, and wait for, every row of a small table.
void add_row_removals(my::Script& script, std::span<const my::Uuid> ids);

/// The statements that remove entries of the outbox, by number, in the same way.
my::Script remove_entries(std::span<const std::int64_t> sequences);

std::vector<my::Uuid> uuids_of(std::span<const ContentId> ids);

/// The ids in the first column.
std::vector<ContentId> ids_of(const my::Result& rows);

/// The whole numbers in the first column.
std::vector<std::int64_t> numbers_of(const my::Result& rows);

inline std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// A server variable's value: "1" or "ON".
inline bool is_on(std::string_view value) noexcept { return value == "1" || value == "ON"; }

/// The statement that tells whether the server follows another; without its answer (MySQL),
/// read_only alone tells.
inline constexpr std::string_view replica_sql = "SHOW GLOBAL STATUS LIKE 'Slave_running'";
[[nodiscard]] bool is_replica(const my::Result& rows);

/// A statement INSERT INTO … VALUES of many rows, cut into several where it grows long.
class Inserts {
 public:
  explicit Inserts(std::string_view head) : head_(head) {}

  /// The statement to open, fill and close the next row in.
  my::Statement& next();

  /// Adds the statements to a script: none without rows.
  void append_to(my::Script& script) &&;

 private:
  std::string_view head_;
  std::vector<my::Statement> statements_;
};

/// Runs one statement, with the deadline's time limits on the server. `phase` is before_commit for
/// one that only reads.
my::Result run_one(my::ConnectionPool& pool, my::Statement statement, Deadline deadline,
                   my::Phase phase);

}  // namespace polystore::adapters::mysql
