// The updating part of SqliteTransaction.
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/transaction.hpp"

#include <algorithm>

namespace polystore::adapters::sqlite {

using ports::UpdateStatus;

ports::UpdateResult SqliteTransaction::update(const ports::RowUpdate& row, Deadline deadline) {
  if (!change_row(row, deadline)) return why_unchanged(row, deadline);
  const Metadata& metadata = row.metadata;
  for (const char* sql : {"DELETE FROM content_tags WHERE content_id = ?",
                          "DELETE FROM content_title_words WHERE content_id = ?"}) {
    connection().prepare(sql, deadline).bind(metadata.id.bytes()).run();
  }
  add_tags(metadata, deadline);
  add_words(metadata, row.title_words, deadline);
  connection()
      .prepare("DELETE FROM polystore_outbox WHERE id = ? AND operation = ? AND version < ?",
               deadline)
      .bind(metadata.id.bytes())
      .bind(static_cast<std::int64_t>(ports::OutboxOperation::write))
      .bind(metadata.version)
      .run();
  return {.status = UpdateStatus::updated, .version = metadata.version};
}

// False when there is no such row of the version before.
bool SqliteTransaction::change_row(const ports::RowUpdate& row, Deadline deadline) {
  const Metadata& metadata = row.metadata;
  const std::int64_t model_id = model_id_of(metadata.model, deadline);
  connection()
      .prepare(
          "UPDATE ai_generated_content SET title = ?, model_id = ?, prompt_tokens = ?, "
          "completion_tokens = ?, latency_micros = ?, version = ?, update_token = ? "
          "WHERE id = ? AND version = ?",
          deadline)
      .bind(metadata.title)
      .bind(model_id)
      .bind(metadata.usage.prompt_tokens)
      .bind(metadata.usage.completion_tokens)
      .bind(metadata.usage.latency.count())
      .bind(metadata.version)
      .bind(row.token)
      .bind(metadata.id.bytes())
      .bind(metadata.version - 1)
      .run();
  return connection().changes() > 0;
}

ports::UpdateResult SqliteTransaction::why_unchanged(const ports::RowUpdate& row,
                                                     Deadline deadline) {
  auto state = connection().prepare(
      "SELECT version, coalesce(update_token, x'') FROM ai_generated_content WHERE id = ?",
      deadline);
  state.bind(row.metadata.id.bytes());
  if (!state.step()) return {.status = UpdateStatus::absent};
  const std::int64_t version = state.integer(0);
  const bool ours = version == row.metadata.version &&
                    std::ranges::equal(state.bytes(1), std::as_bytes(std::span(row.token)));
  return {.status = ours ? UpdateStatus::repeated : UpdateStatus::superseded, .version = version};
}

}  // namespace polystore::adapters::sqlite
