// The updating part of MetadataTransaction.
#include "adapters/postgres/names.hpp"
#include "adapters/postgres/transaction.hpp"
#include "values/indexed_word.hpp"

#include <string>

namespace polystore::adapters::postgres {

using ports::UpdateStatus;

namespace {

// The row's version did not change since the statement began, or the row is not found: so are the
// tags, which are seen as of that time, those of the version that is replaced.
constexpr const char* change_row = R"(
WITH model AS MATERIALIZED (SELECT id FROM models WHERE name = $5 FOR KEY SHARE),
changed AS (
  UPDATE ai_generated_content AS c
  SET title = $3, title_words = $4, model_id = model.id, prompt_tokens = $6,
      completion_tokens = $7, latency_us = $8, version = $2 + 1, update_token = $9
  FROM model WHERE c.id = $1 AND c.version = $2
  RETURNING c.id, c.generated_at),
untagged AS (
  DELETE FROM content_tags AS ct USING changed
  WHERE ct.content_id = changed.id
    AND ct.tag_id <> ALL (SELECT id FROM tags WHERE name = ANY($10))),
tagged AS (
  INSERT INTO content_tags (content_id, tag_id, generated_at)
  SELECT changed.id, tags.id, changed.generated_at FROM changed JOIN tags ON tags.name = ANY($10)
  FOR KEY SHARE OF tags
  ON CONFLICT DO NOTHING)
SELECT id FROM changed)";

constexpr const char* read_version =
    "SELECT version, update_token IS NOT DISTINCT FROM $2 FROM ai_generated_content WHERE id = $1";

// Locked in order first, and after the row, as erase does.
constexpr const char* drop_older_entries = R"(
DELETE FROM polystore_outbox WHERE seq IN (
  SELECT seq FROM polystore_outbox
  WHERE id = $1 AND operation = 'write' AND version < $2 ORDER BY seq FOR UPDATE))";

pq::Pipeline statements_of(const ports::RowUpdate& row) {
  const Metadata& metadata = row.metadata;
  const std::vector<std::string_view> models{metadata.model};
  const auto tags = views_of(metadata.tags);
  std::vector<std::string_view> words;
  for (const auto& word : row.title_words) words.push_back(values::indexed_word(word));
  pq::Params params;
  params.uuid(metadata.id.bytes()).int64(metadata.version - 1).text(metadata.title);
  params.text_array(words).text(metadata.model).int64(metadata.usage.prompt_tokens);
  params.int64(metadata.usage.completion_tokens).int64(metadata.usage.latency.count());
  params.uuid(row.token).text_array(tags);
  pq::Pipeline statements;
  // In the order in which puts take locks: models, tags, rows.
  statements.add_prepared(insert_names_into("models"), pq::Params().text_array(models))
      .add_prepared(insert_names_into("tags"), pq::Params().text_array(tags))
      .add_prepared(change_row, std::move(params))
      .add_prepared(read_version, pq::Params().uuid(metadata.id.bytes()).uuid(row.token))
      .add_prepared(drop_older_entries,
                    pq::Params().uuid(metadata.id.bytes()).int64(metadata.version));
  return statements;
}

}  // namespace

ports::UpdateResult MetadataTransaction::update(const ports::RowUpdate& row, Deadline deadline) {
  const auto results = transaction_.run(statements_of(row), deadline);
  const bool changed = results.at(2).rows() == 1;
  const pq::Result& state = results.at(3);
  if (state.rows() == 0) return {.status = UpdateStatus::absent};
  const std::int64_t version = state.int64(0, 0);
  if (changed) return {.status = UpdateStatus::updated, .version = version};
  const bool ours = version == row.metadata.version && state.boolean(0, 1);
  return {.status = ours ? UpdateStatus::repeated : UpdateStatus::superseded, .version = version};
}

}  // namespace polystore::adapters::postgres
