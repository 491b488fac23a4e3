#include "adapters/sqlite/bodies.hpp"

#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/read_id.hpp"
#include "values/body_chunk.hpp"

namespace polystore::adapters::sqlite {
namespace {

// As many as are gone in the moment that other writers of the file may wait: some 20 ms a chunk,
// of which SQLite visits every page, and looks at no clock meanwhile.
constexpr std::int64_t chunks_per_erase = 4;

void require_time(Deadline deadline) {
  if (!deadline.expired()) return;
  throw Error({.code = ErrorCode::deadline_exceeded,
               .backend = Backend::sqlite,
               .outcome = Outcome::unknown,
               .retryable = true,
               .operation = "erase bodies",
               .message = "the deadline passed before all were gone"});
}

}  // namespace

void SqliteBodies::begin(const ports::BodyHeader& header, Deadline deadline) {
  const auto lease = database_.writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  lease
      ->prepare("INSERT OR IGNORE INTO polystore_bodies (id, content, user_id) VALUES (?, ?, ?)",
                deadline)
      .bind(header.body.bytes())
      .bind(header.content.bytes())
      .bind(header.user_id)
      .run();
  transaction.commit(deadline);
}

void SqliteBodies::write(const ContentId& body, std::int32_t chunk,
                         std::span<const std::byte> bytes, Deadline deadline) {
  const std::int64_t hash = values::chunk_hash(bytes);
  const auto lease = database_.writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  lease
      ->prepare(
          "INSERT INTO polystore_body_chunks (body, n, hash, bytes) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (body, n) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes",
          deadline)
      .bind(body.bytes())
      .bind(std::int64_t{chunk})
      .bind(hash)
      .bind(bytes)
      .run();
  transaction.commit(deadline);
}

std::optional<std::vector<std::byte>> SqliteBodies::read(const ContentId& body, std::int32_t chunk,
                                                         Deadline deadline) {
  const auto lease = database_.reader(deadline);
  auto statement = lease->prepare(
      "SELECT hash, bytes FROM polystore_body_chunks WHERE body = ? AND n = ?", deadline);
  statement.bind(body.bytes()).bind(std::int64_t{chunk});
  if (!statement.step()) return std::nullopt;
  const auto bytes = statement.bytes(1);
  if (values::chunk_hash(bytes) != statement.integer(0)) {
    values::fail_chunk(Backend::sqlite, body, chunk);
  }
  return std::vector(bytes.begin(), bytes.end());
}

// The length of bytes is known without reading them.
ports::BodySize SqliteBodies::measure(const ContentId& body, Deadline deadline) {
  const auto lease = database_.reader(deadline);
  auto statement = lease->prepare(
      "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM polystore_body_chunks WHERE body = ?",
      deadline);
  statement.bind(body.bytes());
  statement.step();
  return {.chunks = statement.integer(0), .bytes = statement.integer(1)};
}

void SqliteBodies::erase(std::span<const ContentId> bodies, Deadline deadline) {
  for (const ContentId& body : bodies) {
    while (erase_some(body, deadline)) require_time(deadline);
    if (&body != &bodies.back()) require_time(deadline);
  }
}

bool SqliteBodies::erase_some(const ContentId& body, Deadline deadline) {
  const auto lease = database_.writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  lease
      ->prepare(
          "DELETE FROM polystore_body_chunks WHERE rowid IN (SELECT rowid FROM "
          "polystore_body_chunks WHERE body = ? ORDER BY n LIMIT ?)",
          deadline)
      .bind(body.bytes())
      .bind(chunks_per_erase)
      .run();
  const bool more = lease->changes() == chunks_per_erase;
  if (!more) {
    lease->prepare("DELETE FROM polystore_bodies WHERE id = ?", deadline).bind(body.bytes()).run();
  }
  transaction.commit(deadline);
  return more;
}

std::vector<ports::BodyHeader> SqliteBodies::scan(const ContentId& after, std::size_t limit,
                                                  Deadline deadline) {
  const auto lease = database_.reader(deadline);
  auto statement = lease->prepare(
      "SELECT id, content, user_id FROM polystore_bodies WHERE id > ? ORDER BY id LIMIT ?",
      deadline);
  statement.bind(after.bytes()).bind(static_cast<std::int64_t>(limit));
  std::vector<ports::BodyHeader> found;
  while (statement.step()) {
    found.push_back({.body = read_id(statement, 0),
                     .content = read_id(statement, 1),
                     .user_id = statement.integer(2)});
  }
  return found;
}

}  // namespace polystore::adapters::sqlite
