#include "adapters/sqlite/vectors.hpp"

#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/now.hpp"
#include "adapters/sqlite/schema.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <thread>

namespace polystore::adapters::sqlite {
namespace {

using polystore::sqlite::Statement;
using polystore::sqlite::Transaction;
using Space = ports::VectorPort::Space;

constexpr std::chrono::milliseconds look_pause{100};
// What a scan gives at once.
constexpr std::int64_t scan_items = 1000;
constexpr std::size_t scan_bytes = std::size_t{8} << 20;
// How many changes go between two times that the log is cut back to its least length.
constexpr std::int64_t cut_every = 1000;

// Keys have NULs, which end a text for many of SQLite's functions: they are stored as bytes.
std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string read_bytes(const Statement& statement, int column) {
  const auto bytes = statement.bytes(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<VectorSpace> read_space(Connection& connection, const std::string& name,
                                      Deadline deadline) {
  auto statement = connection.prepare(
      "SELECT dimensions, metric, encoding FROM polystore_vector_spaces WHERE name = ?", deadline);
  statement.bind(name);
  if (!statement.step()) return std::nullopt;
  return VectorSpace{.name = name,
                     .dimensions = static_cast<std::size_t>(statement.integer(0)),
                     .metric = static_cast<Metric>(statement.integer(1)),
                     .encoding = static_cast<VectorEncoding>(statement.integer(2))};
}

// In the caller's transaction.
Space make_space(Connection& connection, const VectorSpace& space, Deadline deadline) {
  connection.prepare("INSERT OR IGNORE INTO polystore_vector_spaces VALUES (?, ?, ?, ?)", deadline)
      .bind(space.name)
      .bind(static_cast<std::int64_t>(space.dimensions))
      .bind(static_cast<std::int64_t>(space.metric))
      .bind(static_cast<std::int64_t>(space.encoding))
      .run();
  const bool created = connection.changes() > 0;
  return {*read_space(connection, space.name, deadline), created};
}

void require_space(Connection& connection, const VectorSpace& space, Deadline deadline) {
  if (make_space(connection, space, deadline).space == space) return;
  throw Error({.code = ErrorCode::conflict,
               .backend = Backend::sqlite,
               .operation = "put a vector",
               .field = "space",
               .message = "it has other dimensions, another metric or encoding"});
}

// In the caller's transaction. The version of the change.
std::int64_t log_change(Connection& connection, std::string_view key, std::size_t least_log,
                        Deadline deadline) {
  connection.prepare("INSERT INTO polystore_vector_log (key) VALUES (?)", deadline)
      .bind(as_bytes(key))
      .run();
  const std::int64_t version = connection.last_insert_rowid();
  if (version % cut_every == 0) {
    connection
        .prepare(
            "DELETE FROM polystore_vector_log WHERE version <= ? - max(?, "
            "(SELECT count(*) FROM polystore_vectors))",
            deadline)
        .bind(version)
        .bind(static_cast<std::int64_t>(least_log))
        .run();
  }
  return version;
}

// In the caller's transaction, as the following. The version of the change.
std::int64_t store_vector(Connection& connection, std::string_view key, std::string_view body,
                          std::size_t least_log, Deadline deadline) {
  const std::int64_t version = log_change(connection, key, least_log, deadline);
  connection
      .prepare(
          "INSERT INTO polystore_vectors VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
          "SET version = excluded.version, body = excluded.body",
          deadline)
      .bind(as_bytes(key))
      .bind(version)
      .bind(as_bytes(body))
      .run();
  return version;
}

// Nothing where there was no such vector.
std::optional<std::int64_t> remove_vector(Connection& connection, std::string_view key,
                                          std::size_t least_log, Deadline deadline) {
  connection.prepare("DELETE FROM polystore_vectors WHERE key = ?", deadline)
      .bind(as_bytes(key))
      .run();
  if (connection.changes() == 0) return std::nullopt;
  return log_change(connection, key, least_log, deadline);
}

ports::StoredVector read_vector(const Statement& statement) {
  return {.key = read_bytes(statement, 0),
          .version = statement.integer(1),
          .body = read_bytes(statement, 2)};
}

std::int64_t read_number(Connection& connection, std::string_view sql, Deadline deadline) {
  auto statement = connection.prepare(sql, deadline);
  return statement.step() && !statement.is_null(0) ? statement.integer(0) : 0;
}

std::int64_t last_version(Connection& connection, Deadline deadline) {
  // Also when the log is empty.
  return read_number(
      connection, "SELECT seq FROM sqlite_sequence WHERE name = 'polystore_vector_log'", deadline);
}

}  // namespace

Space SqliteVectors::ensure_space(const VectorSpace& space, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  Transaction transaction(*lease, deadline);
  const auto there = make_space(*lease, space, deadline);
  transaction.commit(deadline);
  return there;
}

std::optional<VectorSpace> SqliteVectors::find_space(const std::string& name, Deadline deadline) {
  const auto lease = database_->reader(deadline);
  return read_space(*lease, name, deadline);
}

std::vector<std::int64_t> SqliteVectors::put(const VectorSpace& space,
                                             std::span<const ports::VectorEntry> entries,
                                             Deadline deadline) {
  const auto lease = database_->writer(deadline);
  Transaction transaction(*lease, deadline);
  require_space(*lease, space, deadline);
  std::vector<std::int64_t> versions;
  for (const auto& entry : entries) {
    versions.push_back(store_vector(*lease, entry.key, entry.body, least_log_, deadline));
  }
  transaction.commit(deadline);
  return versions;
}

void SqliteVectors::put_ordered(const VectorSpace& space,
                                std::span<const ports::OrderedEntry> entries, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  Transaction transaction(*lease, deadline);
  require_space(*lease, space, deadline);
  for (const auto& entry : entries) {
    lease
        ->prepare(
            "INSERT INTO polystore_vector_orders (key, content) VALUES (?, ?) ON CONFLICT (key) DO "
            "UPDATE SET content = excluded.content WHERE content <= excluded.content AND "
            "forgotten_at IS NULL",
            deadline)
        .bind(as_bytes(entry.key))
        .bind(entry.order)
        .run();
    if (lease->changes() == 0) continue;
    (void)store_vector(*lease, entry.key, entry.body, least_log_, deadline);
  }
  transaction.commit(deadline);
}

void SqliteVectors::forget(std::span<const std::string> keys, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  Transaction transaction(*lease, deadline);
  const std::int64_t now = now_milliseconds();
  for (const auto& key : keys) {
    lease
        ->prepare(
            "INSERT INTO polystore_vector_orders (key, content, forgotten_at) VALUES (?, 0, ?) "
            "ON CONFLICT (key) DO UPDATE SET forgotten_at = excluded.forgotten_at",
            deadline)
        .bind(as_bytes(key))
        .bind(now)
        .run();
    (void)remove_vector(*lease, key, least_log_, deadline);
  }
  lease->prepare("DELETE FROM polystore_vector_orders WHERE forgotten_at < ?", deadline)
      .bind(now - std::chrono::milliseconds(ports::forgotten_for).count())
      .run();
  transaction.commit(deadline);
}

std::optional<ports::StoredVector> SqliteVectors::get(const std::string& key, Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement =
      lease->prepare("SELECT key, version, body FROM polystore_vectors WHERE key = ?", deadline);
  statement.bind(as_bytes(key));
  return statement.step() ? std::optional(read_vector(statement)) : std::nullopt;
}

std::optional<std::int64_t> SqliteVectors::erase(const std::string& key, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  Transaction transaction(*lease, deadline);
  const auto version = remove_vector(*lease, key, least_log_, deadline);
  if (version) transaction.commit(deadline);
  return version;
}

ports::VectorPosition SqliteVectors::last_position(Deadline deadline) {
  const auto lease = database_->reader(deadline);
  return {.version = last_version(*lease, deadline)};
}

ports::VectorChanges SqliteVectors::changes(const ports::VectorLogRead& read, Deadline deadline) {
  const Deadline wait = deadline.within(read.wait);
  for (;;) {
    auto found = read_changes(read, deadline);
    if (found.lost || !found.changes.empty() || wait.expired()) return found;
    std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(wait.remaining(), look_pause));
  }
}

ports::VectorChanges SqliteVectors::read_changes(const ports::VectorLogRead& read,
                                                 Deadline deadline) {
  ports::VectorChanges result{.position = read.after};
  const std::int64_t after = read.after.version;
  const auto lease = database_->reader(deadline);
  const std::int64_t last = last_version(*lease, deadline);
  if (last == after) return result;
  auto statement = lease->prepare(
      "SELECT l.key, l.version, v.version, v.body FROM polystore_vector_log l "
      "LEFT JOIN polystore_vectors v ON v.key = l.key WHERE l.version > ? ORDER BY l.version "
      "LIMIT ?",
      deadline);
  statement.bind(after).bind(static_cast<std::int64_t>(read.limit));
  while (statement.step()) {
    auto& change = result.changes.emplace_back(
        ports::VectorChange{.key = read_bytes(statement, 0), .version = statement.integer(1)});
    if (statement.is_null(2)) continue;
    change.now = ports::StoredVector{
        .key = change.key, .version = statement.integer(2), .body = read_bytes(statement, 3)};
  }
  // Versions have no gaps, so that one that is missing was cut off.
  result.lost =
      last < after || result.changes.empty() || result.changes.front().version != after + 1;
  if (!result.lost) result.position.version = result.changes.back().version;
  return result;
}

ports::VectorScan SqliteVectors::scan(const std::string& from, Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(
      "SELECT key, version, body FROM polystore_vectors WHERE key > ? ORDER BY key LIMIT ?",
      deadline);
  statement.bind(as_bytes(from)).bind(scan_items);
  ports::VectorScan scan;
  std::size_t bytes = 0;
  while (bytes < scan_bytes && statement.step()) {
    scan.vectors.push_back(read_vector(statement));
    bytes += scan.vectors.back().body.size();
  }
  if (!scan.vectors.empty()) scan.next = scan.vectors.back().key;
  return scan;
}

void SqliteVectors::migrate(Deadline deadline) {
  database_->migrate("vectors", vector_steps, deadline);
}

std::vector<HealthCheck> SqliteVectors::check(Deadline deadline) {
  return database_->check("vectors", vector_steps.size(), !colocated_, deadline);
}

}  // namespace polystore::adapters::sqlite
