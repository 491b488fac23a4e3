#include "adapters/postgres/output_batch.hpp"

#include "values/read_copy_parts.hpp"

#include <string_view>
#include <unordered_set>
#include <utility>

namespace polystore::adapters::postgres {

using ports::OutputDocument;
using ports::OutputOutcome;
using ports::OutputStatus;

namespace {

// By id, as everybody locks documents, so that no two statements wait for each other.
constexpr std::string_view store_begin = R"(
INSERT INTO polystore_outputs AS there (id, version, body, embedding, document)
SELECT id, version, body, nullif(embedding, ''), polystore_jsonb(nullif(json, ''))
FROM unnest($1::uuid[], $2::int8[], $3::bytea[], $4::bytea[], $5::text[])
  AS given(id, version, body, embedding, json)
ORDER BY id
ON CONFLICT (id) DO )";
constexpr std::string_view replace_older = R"(UPDATE
SET version = excluded.version, body = excluded.body, embedding = excluded.embedding,
  document = excluded.document
WHERE there.version <= excluded.version)";
constexpr std::string_view leave = "NOTHING";
constexpr std::string_view store_end = " RETURNING id";

constexpr const char* erase = R"(
WITH there AS (
  SELECT id FROM polystore_outputs WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
DELETE FROM polystore_outputs USING there WHERE polystore_outputs.id = there.id)";

constexpr const char* attached = R"(
SELECT id, version, embedding FROM polystore_outputs
WHERE id = ANY ($1::uuid[]) AND embedding IS NOT NULL)";

// What one statement carries, unless one document alone is larger.
constexpr std::size_t statement_bytes = std::size_t{16} * 1024 * 1024;
// With the largest body it still fits the parameters of a statement. Text that is all escapes may
// be six times as long as in BSON.
constexpr std::size_t most_json_bytes = std::size_t{32} * 1024 * 1024;

}  // namespace

OutputBatch::OutputBatch(std::span<const OutputDocument> documents, IfPresent if_present)
    : if_present_(if_present) {
  std::unordered_set<ContentId> ids;
  std::size_t bytes = 0;
  for (const OutputDocument& document : documents) {
    bytes += document.bson.size();
    const bool full = !searched_.empty() && bytes > statement_bytes;
    if (full || !ids.insert(document.id).second) break;
    searched_.push_back(values::search_json(document.bson, most_json_bytes));
    bytes += searched_.back().size();
  }
  documents_ = documents.first(searched_.size());
}

pq::Pipeline OutputBatch::statement() const {
  std::vector<pq::Uuid> ids;
  std::vector<std::int64_t> versions;
  std::vector<std::span<const std::byte>> bodies;
  std::vector<std::vector<std::byte>> attachments;
  for (const OutputDocument& document : documents_) {
    ids.push_back(document.id.bytes());
    versions.push_back(document.version);
    bodies.push_back(document.bson);
    attachments.push_back(values::attached_part(document.bson));
  }
  std::string sql(store_begin);
  sql.append(if_present_ == IfPresent::leave ? leave : replace_older).append(store_end);
  pq::Params params;
  params.uuid_array(ids).int64_array(versions).bytea_array(bodies);
  const std::vector<std::span<const std::byte>> parts(attachments.begin(), attachments.end());
  params.bytea_array(parts).text_array(views_of(searched_));
  pq::Pipeline statement;
  statement.add_prepared(std::move(sql), std::move(params));
  return statement;
}

void OutputBatch::read(const pq::Result& stored, std::span<OutputOutcome> outcomes) const {
  const auto ids = ids_of(stored);
  const std::unordered_set<ContentId> known(ids.begin(), ids.end());
  const auto otherwise =
      if_present_ == IfPresent::leave ? OutputStatus::present : OutputStatus::superseded;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    outcomes[i] = {known.contains(documents_[i].id) ? OutputStatus::stored : otherwise, {}};
  }
}

pq::Pipeline erase_outputs(std::span<const ContentId> ids) {
  pq::Pipeline statement;
  statement.add_prepared(erase, pq::Params().uuid_array(uuids_of(ids)));
  return statement;
}

pq::Pipeline find_attached_outputs(std::span<const ContentId> ids) {
  pq::Pipeline statement;
  statement.add_prepared(attached, pq::Params().uuid_array(uuids_of(ids)));
  return statement;
}

std::vector<ports::ScannedOutput> read_scanned(const pq::Result& rows, bool with_bytes) {
  std::vector<ports::ScannedOutput> found;
  found.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.push_back({.id = ContentId::from_bytes(rows.uuid(i, 0)), .version = rows.int64(i, 1)});
    if (!with_bytes) continue;
    const auto bytes = rows.bytea(i, 2);
    found.back().bson.assign(bytes.begin(), bytes.end());
  }
  return found;
}

}  // namespace polystore::adapters::postgres
