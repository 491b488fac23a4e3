#include "adapters/sqlite/text_index.hpp"

#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/outputs.hpp"
#include "adapters/sqlite/read_id.hpp"
#include "support/require_time.hpp"
#include "values/output_text.hpp"
#include "values/read_copy.hpp"
#include "values/text.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace polystore::adapters::sqlite {
namespace {

using polystore::sqlite::Statement;
using polystore::sqlite::Transaction;

constexpr std::size_t outputs_per_step = 100;
// Of an output: what follows is not indexed.
constexpr std::size_t most_text_bytes = std::size_t{1024} * 1024;

// A number of its own for each: VACUUM may change the rowids of `outputs`. No OR IGNORE in a
// trigger: the statement that fires it has the say.
constexpr const char* text_tables = R"sql(
CREATE VIRTUAL TABLE polystore_words USING fts5(title, rest, tokenize = 'unicode61');
CREATE TABLE polystore_words_of (
  number  INTEGER NOT NULL PRIMARY KEY,
  id      BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL,
  tenant  TEXT,  -- NULL: nobody's in particular
  model   TEXT NOT NULL
) STRICT;
CREATE TABLE polystore_words_due (id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER polystore_words_put AFTER INSERT ON outputs BEGIN
  INSERT INTO polystore_words_due
    SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM polystore_words_due WHERE id = new.id);
END;
CREATE TRIGGER polystore_words_changed AFTER UPDATE ON outputs BEGIN
  DELETE FROM polystore_words
    WHERE rowid = (SELECT number FROM polystore_words_of WHERE id = old.id);
  DELETE FROM polystore_words_of WHERE id = old.id;
  INSERT INTO polystore_words_due
    SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM polystore_words_due WHERE id = new.id);
END;
CREATE TRIGGER polystore_words_erased AFTER DELETE ON outputs BEGIN
  DELETE FROM polystore_words
    WHERE rowid = (SELECT number FROM polystore_words_of WHERE id = old.id);
  DELETE FROM polystore_words_of WHERE id = old.id;
  DELETE FROM polystore_words_due WHERE id = old.id;
END;
INSERT INTO polystore_words_due SELECT id FROM outputs;
)sql";

bool has_row(Connection& connection, const char* sql, Deadline deadline) {
  return connection.prepare(sql, deadline).step();
}

void check_fts5(Connection& connection, Deadline deadline) {
  if (has_row(connection, "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'", deadline)) return;
  throw Error({.code = ErrorCode::unsupported,
               .backend = Backend::sqlite,
               .operation = "migrate",
               .message = "text_search needs FTS5, which this SQLite was built without; use one "
                          "with it, or leave text_search off"});
}

// Nothing for bytes that are no read copy: get tells of those.
std::optional<Content> decode_indexed(std::span<const std::byte> body) {
  try {
    return values::decode_read_copy(body);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void add_words(Connection& connection, const Content& content, Deadline deadline) {
  const Metadata& metadata = content.metadata;
  connection
      .prepare(
          "INSERT INTO polystore_words_of (id, user_id, tenant, model) "
          "VALUES (?, ?, nullif(?, ''), ?)",
          deadline)
      .bind(metadata.id.bytes())
      .bind(metadata.user_id)
      .bind(metadata.tenant.name())
      .bind(metadata.model)
      .run();
  const std::int64_t number = connection.last_insert_rowid();
  std::string rest = metadata.model + '\n';
  for (const auto& tag : metadata.tags) rest += tag + '\n';
  rest += values::output_text(content.output.bson(), most_text_bytes);
  connection.prepare("INSERT INTO polystore_words (rowid, title, rest) VALUES (?, ?, ?)", deadline)
      .bind(number)
      .bind(metadata.title)
      .bind(rest)
      .run();
}

std::size_t index_step(Database& database, Deadline deadline) {
  const auto lease = database.writer(deadline);
  Transaction transaction(*lease, deadline);
  const std::size_t done = index_texts(*lease, outputs_per_step, deadline);
  transaction.commit(deadline);
  return done;
}

void index_all(Database& database, const char* operation, Deadline deadline) {
  while (index_step(database, deadline) == outputs_per_step) {
    support::require_time(deadline, operation);
  }
}

// Words of letters and digits only, each in quotes: no operators.
std::string match_of(const std::string& text) {
  std::string match;
  for (const auto& word : values::split_words(text)) match += '"' + word + "\" ";
  return match;
}

std::string text_filters(const ports::TextSearch& search) {
  std::string sql;
  if (search.user_id) sql += " AND w.user_id = ?";
  if (search.tenant) {
    sql += search.tenant->is_shared() ? " AND w.tenant IS NULL" : " AND w.tenant = ?";
  }
  if (search.model) sql += " AND w.model = ?";
  return sql;
}

void bind_text_filters(Statement& statement, const ports::TextSearch& search) {
  if (search.user_id) statement.bind(*search.user_id);
  if (search.tenant && !search.tenant->is_shared()) statement.bind(search.tenant->name());
  if (search.model) statement.bind(*search.model);
}

}  // namespace

void make_text_index(Database& database, Deadline deadline) {
  {
    const auto lease = database.writer(deadline);
    Transaction transaction(*lease, deadline);
    check_fts5(*lease, deadline);
    constexpr const char* made = "SELECT 1 FROM sqlite_schema WHERE name = 'polystore_words'";
    if (!has_row(*lease, made, deadline)) lease->execute(text_tables, deadline);
    transaction.commit(deadline);
  }
  index_all(database, "migrate", deadline);
}

std::size_t index_texts(Connection& connection, std::size_t limit, Deadline deadline) {
  for (std::size_t done = 0; done < limit; ++done) {
    ContentId id;
    std::optional<Content> content;
    {
      auto due = connection.prepare(
          "SELECT d.id, o.body FROM polystore_words_due d JOIN outputs o ON o.id = d.id LIMIT 1",
          deadline);
      if (!due.step()) return done;
      id = read_id(due, 0);
      content = decode_indexed(due.bytes(1));
    }
    if (content) add_words(connection, *content, deadline);
    connection.prepare("DELETE FROM polystore_words_due WHERE id = ?", deadline)
        .bind(id.bytes())
        .run();
  }
  return limit;
}

std::vector<ports::FoundText> SqliteOutputs::search(const ports::TextSearch& search,
                                                    Deadline deadline) {
  const auto any_due = [&] {
    return has_row(*database_->reader(deadline), "SELECT 1 FROM polystore_words_due LIMIT 1",
                   deadline);
  };
  if (any_due()) index_all(*database_, "search", deadline);
  const std::string match = match_of(search.text);
  if (match.empty()) return {};
  const auto lease = database_->reader(deadline);
  // A word of the title counts ten times. The smaller bm25 is, the better.
  auto statement = lease->prepare(
      "SELECT w.id, o.version, printf('%!.17g', -bm25(polystore_words, 10.0, 1.0)) "
      "FROM polystore_words CROSS JOIN polystore_words_of w ON w.number = polystore_words.rowid "
      "CROSS JOIN outputs o ON o.id = w.id WHERE polystore_words MATCH ?" +
          text_filters(search) +
          " ORDER BY bm25(polystore_words, 10.0, 1.0), w.id DESC LIMIT ? OFFSET ?",
      deadline);
  statement.bind(match);
  bind_text_filters(statement, search);
  statement.bind(static_cast<std::int64_t>(search.limit));
  statement.bind(static_cast<std::int64_t>(search.skip));
  std::vector<ports::FoundText> found;
  while (statement.step()) {
    found.push_back({.id = read_id(statement, 0),
                     .version = statement.integer(1),
                     .score = std::strtod(statement.text(2).c_str(), nullptr)});
  }
  return found;
}

}  // namespace polystore::adapters::sqlite
