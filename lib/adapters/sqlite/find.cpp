#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/read_id.hpp"
#include "adapters/sqlite/transaction.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace polystore::adapters::sqlite {
namespace {

using polystore::sqlite::Statement;

constexpr const char* select_rows =
    "SELECT c.id, c.version, c.title, m.name, c.user_id, c.generated_at, c.prompt_tokens, "
    "c.completion_tokens, c.latency_micros, c.tenant "
    "FROM ai_generated_content c JOIN models m ON m.id = c.model_id";

// How often the condition for one of `values` stands in the SQL, the last value's again to fill it
// up: a power of two. Connections keep what they compiled, so the callers' texts must be few.
std::size_t conditions_for(const std::vector<std::string>& values) {
  return values.empty() ? 0 : std::bit_ceil(values.size());
}

void bind_each(Statement& statement, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < conditions_for(values); ++i) {
    statement.bind(values[std::min(i, values.size() - 1)]);
  }
}

// Depends only on which filters there are, and roughly on how many words and tags.
std::string conditions_of(const ports::FindParams& params) {
  std::string sql = " WHERE 1";
  if (params.user_id) sql += " AND c.user_id = ?";
  if (params.tenant)
    sql += params.tenant->is_shared() ? " AND c.tenant IS NULL" : " AND c.tenant = ?";
  if (params.model) sql += " AND c.model_id = (SELECT id FROM models WHERE name = ?)";
  if (params.since) sql += " AND c.generated_at >= ?";
  if (params.until) sql += " AND c.generated_at < ?";
  if (params.after) {
    sql += params.oldest_first ? " AND (c.generated_at, c.id) > (?, ?)"
                               : " AND (c.generated_at, c.id) < (?, ?)";
  }
  for (std::size_t i = 0; i < conditions_for(params.tags); ++i) {
    sql +=
        " AND EXISTS (SELECT 1 FROM content_tags ct JOIN tags t ON t.id = ct.tag_id "
        "WHERE ct.content_id = c.id AND t.name = ?)";
  }
  for (std::size_t i = 0; i < conditions_for(params.title_words); ++i) {
    sql +=
        " AND EXISTS (SELECT 1 FROM content_title_words w "
        "WHERE w.content_id = c.id AND w.word = ?)";
  }
  return sql;
}

std::string order_of(const ports::FindParams& params) {
  return params.oldest_first ? " ORDER BY c.generated_at, c.id LIMIT ?"
                             : " ORDER BY c.generated_at DESC, c.id DESC LIMIT ?";
}

void bind_conditions(Statement& statement, const ports::FindParams& params) {
  if (params.user_id) statement.bind(*params.user_id);
  if (params.tenant && !params.tenant->is_shared()) statement.bind(params.tenant->name());
  if (params.model) statement.bind(*params.model);
  if (params.since) statement.bind(params.since->time_since_epoch().count());
  if (params.until) statement.bind(params.until->time_since_epoch().count());
  if (params.after) {
    statement.bind(params.after->generated_at.time_since_epoch().count());
    statement.bind(params.after->id.bytes());
  }
  bind_each(statement, params.tags);
  bind_each(statement, params.title_words);
}

Metadata read_row(const Statement& statement) {
  return {.id = read_id(statement, 0),
          .version = statement.integer(1),
          .title = statement.text(2),
          .model = statement.text(3),
          .user_id = statement.integer(4),
          .tenant = statement.is_null(9) ? Tenant::shared() : Tenant::named(statement.text(9)),
          .generated_at = Timestamp(std::chrono::milliseconds(statement.integer(5))),
          .usage = {.prompt_tokens = statement.integer(6),
                    .completion_tokens = statement.integer(7),
                    .latency = std::chrono::microseconds(statement.integer(8))}};
}

// Steps through a statement of `select_rows`.
std::vector<Metadata> read_rows(Connection& connection, Statement& statement, Deadline deadline) {
  std::vector<Metadata> rows;
  auto tags = connection.prepare(
      "SELECT t.name FROM content_tags ct JOIN tags t ON t.id = ct.tag_id "
      "WHERE ct.content_id = ? ORDER BY t.name",
      deadline);
  while (statement.step()) {
    // Within the outer statement's read transaction, so both see one snapshot.
    rows.push_back(read_row(statement));
    tags.reset();
    tags.bind(rows.back().id.bytes());
    while (tags.step()) rows.back().tags.push_back(tags.text(0));
  }
  return rows;
}

}  // namespace

std::vector<Metadata> SqliteMetadata::find(const ports::FindParams& params, Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(select_rows + conditions_of(params) + order_of(params), deadline);
  bind_conditions(statement, params);
  statement.bind(std::int64_t{params.limit});
  return read_rows(*lease, statement, deadline);
}

std::uint64_t SqliteMetadata::count_rows(const ports::RowFilter& filter, Deadline deadline) {
  const auto params = ports::params_of(filter);
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(
      "SELECT count(*) FROM ai_generated_content c" + conditions_of(params), deadline);
  bind_conditions(statement, params);
  statement.step();
  return static_cast<std::uint64_t>(statement.integer(0));
}

// This transaction is the file's only writer: what passes goes on passing.
ports::ErasedRows SqliteTransaction::erase_matching(const ports::RowFilter& filter,
                                                    std::size_t limit, Deadline deadline) {
  auto params = ports::params_of(filter);
  params.oldest_first = true;
  ports::ErasedRows erased;
  {
    auto rows = connection().prepare(
        "SELECT c.id FROM ai_generated_content c" + conditions_of(params) + order_of(params),
        deadline);
    bind_conditions(rows, params);
    rows.bind(static_cast<std::int64_t>(limit + 1));
    while (rows.step()) erased.ids.push_back(read_id(rows, 0));
  }
  erased.more = erased.ids.size() > limit;
  if (erased.more) erased.ids.resize(limit);
  (void)erase(erased.ids, deadline);
  return erased;
}

std::vector<Metadata> SqliteMetadata::scan_rows(const ContentId& after, std::size_t limit,
                                                Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement =
      lease->prepare(std::string(select_rows) + " WHERE c.id > ? ORDER BY c.id LIMIT ?", deadline);
  statement.bind(after.bytes()).bind(static_cast<std::int64_t>(limit));
  return read_rows(*lease, statement, deadline);
}

}  // namespace polystore::adapters::sqlite
