#include "adapters/postgres/bodies.hpp"

#include "values/body_chunk.hpp"

namespace polystore::adapters::postgres {
namespace {

constexpr const char* begin_body =
    "INSERT INTO polystore_bodies (id, content, user_id) VALUES ($1, $2, $3) "
    "ON CONFLICT (id) DO NOTHING";

constexpr const char* write_chunk = R"(
INSERT INTO polystore_body_chunks (body, n, hash, bytes) VALUES ($1, $2, $3, $4)
ON CONFLICT (body, n) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes)";

constexpr const char* read_chunk =
    "SELECT hash, bytes FROM polystore_body_chunks WHERE body = $1 AND n = $2";

// The length of bytes is known without reading them.
constexpr const char* measure_body = R"(
SELECT count(*), coalesce(sum(octet_length(bytes)), 0)::int8
FROM polystore_body_chunks WHERE body = $1)";

// As many of a body's chunks as are gone well before any deadline: the server removes each row of
// some 2 kB that a chunk is made of, 10 ms a chunk, and an error must not undo all of it.
constexpr std::int64_t chunks_per_erase = 4;
constexpr const char* erase_chunks = R"(
WITH first AS (
  SELECT n FROM polystore_body_chunks WHERE body = $1 ORDER BY n LIMIT $2 FOR UPDATE)
DELETE FROM polystore_body_chunks AS chunk USING first WHERE chunk.body = $1 AND chunk.n = first.n)";
constexpr const char* erase_header = "DELETE FROM polystore_bodies WHERE id = $1";

constexpr const char* scan_bodies =
    "SELECT id, content, user_id FROM polystore_bodies WHERE id > $1 ORDER BY id LIMIT $2";

}  // namespace

pq::Result PostgresBodies::change(const char* sql, pq::Params params, Deadline deadline) {
  pq::Pipeline statement;
  statement.add_prepared(sql, std::move(params));
  return run_one(ready_(deadline), std::move(statement), deadline, pq::Phase::commit_sent);
}

pq::Result PostgresBodies::look(const char* sql, pq::Params params, Deadline deadline) {
  pq::Pipeline statement;
  statement.add_prepared(sql, std::move(params));
  return run_one(ready_(deadline), std::move(statement), deadline, pq::Phase::before_commit);
}

void PostgresBodies::begin(const ports::BodyHeader& header, Deadline deadline) {
  pq::Params params;
  params.uuid(header.body.bytes()).uuid(header.content.bytes()).int64(header.user_id);
  breaker_.watch([&] { change(begin_body, std::move(params), deadline); });
}

void PostgresBodies::write(const ContentId& body, std::int32_t chunk,
                           std::span<const std::byte> bytes, Deadline deadline) {
  pq::Params params;
  params.uuid(body.bytes()).int64(chunk).int64(values::chunk_hash(bytes)).bytea(bytes);
  breaker_.watch([&] { change(write_chunk, std::move(params), deadline); });
}

std::optional<std::vector<std::byte>> PostgresBodies::read(const ContentId& body,
                                                           std::int32_t chunk, Deadline deadline) {
  const pq::Result row =
      look(read_chunk, std::move(pq::Params().uuid(body.bytes()).int64(chunk)), deadline);
  if (row.rows() == 0) return std::nullopt;
  const auto bytes = row.bytea(0, 1);
  if (values::chunk_hash(bytes) != row.int64(0, 0)) {
    values::fail_chunk(Backend::postgres, body, chunk);
  }
  return std::vector(bytes.begin(), bytes.end());
}

ports::BodySize PostgresBodies::measure(const ContentId& body, Deadline deadline) {
  const pq::Result row = look(measure_body, std::move(pq::Params().uuid(body.bytes())), deadline);
  return {.chunks = row.int64(0, 0), .bytes = row.int64(0, 1)};
}

void PostgresBodies::erase(std::span<const ContentId> bodies, Deadline deadline) {
  for (const ContentId& body : bodies) {
    std::size_t erased = 0;
    do {
      pq::Params params;
      params.uuid(body.bytes()).int64(chunks_per_erase);
      erased = change(erase_chunks, std::move(params), deadline).affected_rows();
    } while (erased == chunks_per_erase);
    change(erase_header, std::move(pq::Params().uuid(body.bytes())), deadline);
  }
}

std::vector<ports::BodyHeader> PostgresBodies::scan(const ContentId& after, std::size_t limit,
                                                    Deadline deadline) {
  pq::Params params;
  params.uuid(after.bytes()).int64(static_cast<std::int64_t>(limit));
  const pq::Result rows = look(scan_bodies, std::move(params), deadline);
  std::vector<ports::BodyHeader> found;
  found.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.push_back({.body = ContentId::from_bytes(rows.uuid(i, 0)),
                     .content = ContentId::from_bytes(rows.uuid(i, 1)),
                     .user_id = rows.int64(i, 2)});
  }
  return found;
}

}  // namespace polystore::adapters::postgres
