// The updating part of MetadataTransaction.
#include "adapters/mysql/transaction.hpp"
#include "values/indexed_word.hpp"

#include <algorithm>
#include <string>

namespace polystore::adapters::mysql {

using ports::UpdateStatus;

namespace {

my::Statement change_row(const ports::RowUpdate& row, std::int64_t model_id) {
  const Metadata& metadata = row.metadata;
  my::Statement statement("UPDATE ai_generated_content FORCE INDEX (PRIMARY) SET title = ");
  statement.text(metadata.title).sql(", model_id = ").int64(model_id);
  statement.sql(", prompt_tokens = ").int64(metadata.usage.prompt_tokens);
  statement.sql(", completion_tokens = ").int64(metadata.usage.completion_tokens);
  statement.sql(", latency_us = ").int64(metadata.usage.latency.count());
  statement.sql(", version = ").int64(metadata.version);
  statement.sql(", update_token = ").uuid(row.token);
  statement.sql(" WHERE id = ").uuid(metadata.id.bytes());
  statement.sql(" AND version = ").int64(metadata.version - 1);
  return statement;
}

my::Statement about(std::string_view sql, const ContentId& id) {
  my::Statement statement(sql);
  statement.uuid(id.bytes());
  return statement;
}

my::Script change_names(const ports::RowUpdate& row, const NameMap& tag_ids) {
  const Metadata& metadata = row.metadata;
  const my::Uuid& id = metadata.id.bytes();
  const std::int64_t time = metadata.generated_at.time_since_epoch().count();
  Inserts tags("INSERT INTO content_tags (content_id, tag_id, generated_at) VALUES ");
  for (const auto& tag : metadata.tags) {
    tags.next().open().uuid(id).int64(tag_ids.find(tag)->second).int64(time).close();
  }
  Inserts words("INSERT INTO content_title_words (content_id, word, generated_at) VALUES ");
  for (const auto& word : row.title_words) {
    words.next().open().uuid(id).text(values::indexed_word(word)).int64(time).close();
  }
  my::Script script;
  script.add(about("DELETE ct FROM content_tags AS ct FORCE INDEX (PRIMARY) WHERE ct.content_id = ",
                   metadata.id));
  std::move(tags).append_to(script);
  script.add(
      about("DELETE w FROM content_title_words AS w FORCE INDEX (PRIMARY) WHERE w.content_id = ",
            metadata.id));
  std::move(words).append_to(script);
  // After the row is locked, as erase does.
  my::Statement older("SELECT seq FROM polystore_outbox WHERE operation = 'write' AND version < ");
  older.int64(metadata.version).sql(" AND id = ").uuid(metadata.id.bytes()).sql(" ORDER BY seq");
  script.add(std::move(older));
  return script;
}

}  // namespace

ports::UpdateResult MetadataTransaction::update(const ports::RowUpdate& row, Deadline deadline) {
  const Metadata& metadata = row.metadata;
  const NameSet tags(metadata.tags.begin(), metadata.tags.end());
  const NameIds names = resolve_names(*connection_, {metadata.model}, tags, deadline);
  my::Script change;
  change.add(change_row(row, names.models.find(metadata.model)->second))
      .add(
          about("SELECT version, update_token FROM ai_generated_content WHERE id = ", metadata.id));
  const auto results = transaction_.run(std::move(change), deadline);
  const my::Result& state = results.at(1);
  if (state.rows() == 0) return {.status = UpdateStatus::absent};
  const std::int64_t version = state.int64(0, 0);
  if (results.at(0).affected_rows() != 1) {
    const bool ours =
        version == metadata.version && !state.is_null(0, 1) && state.uuid(0, 1) == row.token;
    return {.status = ours ? UpdateStatus::repeated : UpdateStatus::superseded, .version = version};
  }
  my::Script rest = change_names(row, names.tags);
  const std::size_t last = rest.size() - 1;
  const auto entries = numbers_of(transaction_.run(std::move(rest), deadline).at(last));
  if (!entries.empty()) transaction_.run(remove_entries(entries), deadline);
  return {.status = UpdateStatus::updated, .version = version};
}

}  // namespace polystore::adapters::mysql
