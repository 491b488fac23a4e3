#include "adapters/sqlite/transaction.hpp"

#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/now.hpp"
#include "adapters/sqlite/read_id.hpp"

#include <algorithm>
#include <unordered_set>

namespace polystore::adapters::sqlite {

using ports::InsertStatus;

SqliteTransaction::SqliteTransaction(std::shared_ptr<Database> database, bool colocated,
                                     Deadline deadline)
    : database_(std::move(database)) {
  open_.emplace(*database_, deadline);
  if (colocated) open_->outputs.emplace(*open_->connection, database_->text_search());
}

Connection& SqliteTransaction::connection() {
  if (!open_) {
    throw Error({.code = ErrorCode::internal,
                 .backend = Backend::sqlite,
                 .operation = "use a transaction",
                 .message = "it has ended"});
  }
  return *open_->connection;
}

void SqliteTransaction::start_insert(std::span<const ports::NewRow> rows, Deadline deadline) {
  statuses_.clear();
  statuses_.reserve(rows.size());
  std::unordered_set<ContentId> seen;
  for (const auto& row : rows) {
    const bool first = seen.insert(row.metadata.id).second;
    statuses_.push_back(first ? insert(row, deadline) : InsertStatus::conflict);
  }
}

std::vector<InsertStatus> SqliteTransaction::finish_insert(Deadline /*deadline*/) {
  return std::move(statuses_);
}

InsertStatus SqliteTransaction::insert(const ports::NewRow& row, Deadline deadline) {
  if (const auto status = obstacle(row, deadline)) return *status;
  const Metadata& metadata = row.metadata;
  const std::int64_t model_id = model_id_of(metadata.model, deadline);
  connection()
      .prepare(
          "INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, "
          "prompt_tokens, completion_tokens, latency_micros, content_hash, version, tenant) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''))",
          deadline)
      .bind(metadata.id.bytes())
      .bind(metadata.title)
      .bind(model_id)
      .bind(metadata.generated_at.time_since_epoch().count())
      .bind(metadata.user_id)
      .bind(metadata.usage.prompt_tokens)
      .bind(metadata.usage.completion_tokens)
      .bind(metadata.usage.latency.count())
      .bind(row.hash)
      .bind(metadata.version)
      .bind(metadata.tenant.name())
      .run();
  add_tags(metadata, deadline);
  add_words(metadata, row.title_words, deadline);
  return InsertStatus::inserted;
}

std::int64_t SqliteTransaction::model_id_of(const std::string& model, Deadline deadline) {
  return name_id("INSERT INTO models (name) VALUES (?)", "SELECT id FROM models WHERE name = ?",
                 model, deadline);
}

void SqliteTransaction::add_tags(const Metadata& metadata, Deadline deadline) {
  for (const auto& tag : metadata.tags) {
    const std::int64_t tag_id = name_id("INSERT INTO tags (name) VALUES (?)",
                                        "SELECT id FROM tags WHERE name = ?", tag, deadline);
    connection()
        .prepare("INSERT INTO content_tags (content_id, tag_id, generated_at) VALUES (?, ?, ?)",
                 deadline)
        .bind(metadata.id.bytes())
        .bind(tag_id)
        .bind(metadata.generated_at.time_since_epoch().count())
        .run();
  }
}

void SqliteTransaction::add_words(const Metadata& metadata, std::span<const std::string> words,
                                  Deadline deadline) {
  for (const auto& word : words) {
    connection()
        .prepare(
            "INSERT INTO content_title_words (content_id, word, generated_at) VALUES (?, ?, ?)",
            deadline)
        .bind(metadata.id.bytes())
        .bind(word)
        .bind(metadata.generated_at.time_since_epoch().count())
        .run();
  }
}

// What stands against inserting the row, if anything does. Nothing can change it before the commit:
// this transaction is the file's only writer.
std::optional<InsertStatus> SqliteTransaction::obstacle(const ports::NewRow& row,
                                                        Deadline deadline) {
  auto existing =
      connection().prepare("SELECT content_hash FROM ai_generated_content WHERE id = ?", deadline);
  existing.bind(row.metadata.id.bytes());
  if (existing.step()) {
    return std::ranges::equal(existing.bytes(0), std::as_bytes(std::span(row.hash)))
               ? InsertStatus::duplicate
               : InsertStatus::conflict;
  }
  auto tombstone =
      connection().prepare("SELECT 1 FROM polystore_tombstones WHERE id = ?", deadline);
  tombstone.bind(row.metadata.id.bytes());
  if (tombstone.step()) return InsertStatus::erased;
  auto user = connection().prepare("SELECT 1 FROM users WHERE id = ?", deadline);
  user.bind(row.metadata.user_id);
  if (!user.step()) return InsertStatus::unknown_user;
  return std::nullopt;
}

std::int64_t SqliteTransaction::name_id(const char* insert_sql, const char* select_sql,
                                        std::string_view name, Deadline deadline) {
  {
    auto select = connection().prepare(select_sql, deadline);
    select.bind(name);
    if (select.step()) return select.integer(0);
  }
  connection().prepare(insert_sql, deadline).bind(name).run();
  return connection().last_insert_rowid();
}

std::vector<bool> SqliteTransaction::erase(std::span<const ContentId> ids, Deadline deadline) {
  std::vector<bool> found;
  found.reserve(ids.size());
  for (const auto& id : ids) {
    connection()
        .prepare("DELETE FROM polystore_outbox WHERE id = ?", deadline)
        .bind(id.bytes())
        .run();
    connection()
        .prepare("DELETE FROM ai_generated_content WHERE id = ?", deadline)
        .bind(id.bytes())
        .run();
    found.push_back(connection().changes() > 0);
    connection()
        .prepare("INSERT OR IGNORE INTO polystore_tombstones (id) VALUES (?)", deadline)
        .bind(id.bytes())
        .run();
  }
  return found;
}

ports::ErasedOfUser SqliteTransaction::erase_user(std::int64_t user_id, std::size_t limit,
                                                  Deadline deadline) {
  {
    auto user = connection().prepare("SELECT 1 FROM users WHERE id = ?", deadline);
    user.bind(user_id);
    if (!user.step()) return {};
  }
  ports::ErasedOfUser erased{.user_found = true};
  {
    auto rows = connection().prepare(
        "SELECT id FROM ai_generated_content WHERE user_id = ? ORDER BY generated_at, id LIMIT ?",
        deadline);
    rows.bind(user_id).bind(static_cast<std::int64_t>(limit + 1));
    while (rows.step()) erased.ids.push_back(read_id(rows, 0));
  }
  erased.user_removed = erased.ids.size() <= limit;
  if (!erased.user_removed) erased.ids.resize(limit);
  (void)erase(erased.ids, deadline);
  if (erased.user_removed) {
    connection().prepare("DELETE FROM users WHERE id = ?", deadline).bind(user_id).run();
  }
  return erased;
}

std::vector<std::int64_t> SqliteTransaction::enqueue(std::span<const ports::OutboxEntry> entries,
                                                     Deadline deadline) {
  std::vector<std::int64_t> sequences;
  sequences.reserve(entries.size());
  const std::int64_t now = now_milliseconds();
  for (const auto& entry : entries) {
    connection()
        .prepare(
            "INSERT INTO polystore_outbox (id, version, operation, created_at, "
            "next_attempt_at, body) VALUES (?, ?, ?, ?, ?, ?)",
            deadline)
        .bind(entry.id.bytes())
        .bind(entry.version)
        .bind(static_cast<std::int64_t>(entry.operation))
        .bind(now)
        .bind(now)
        .bind(entry.body)
        .run();
    sequences.push_back(connection().last_insert_rowid());
  }
  return sequences;
}

void SqliteTransaction::commit(Deadline deadline) {
  (void)connection();
  open_->transaction.commit(deadline);
  open_.reset();  // the next writer need not wait for this object's end
}

}  // namespace polystore::adapters::sqlite
