#include "adapters/sqlite/find.hpp"

#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/read_id.hpp"
#include "adapters/sqlite/transaction.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace polystore::adapters::sqlite {

using ports::FindList;
using ports::FindParams;
using ports::ListKind;

namespace {

using polystore::sqlite::Statement;

const std::string select_rows =
    "SELECT c.id, c.version, c.title, (SELECT m.name FROM models m WHERE m.id = c.model_id), "
    "c.user_id, c.generated_at, c.prompt_tokens, c.completion_tokens, c.latency_micros, "
    "c.tenant FROM ";

// A list: its rows, and the condition that holds it to one value. INDEXED BY makes a plan without
// that index an error, and CROSS JOIN keeps the order: SQLite has no statistics to choose by.
struct ListSql {
  const char* rows;
  const char* condition;
  const char* time;
  const char* id;
};

constexpr ListSql own_rows(const char* rows, const char* condition) {
  return {rows, condition, "c.generated_at", "c.id"};
}

constexpr ListSql joined_rows(const char* rows, const char* condition) {
  return {rows, condition, "l.generated_at", "l.content_id"};
}

constexpr ports::EachListKind<ListSql> lists{
    {{own_rows("ai_generated_content c INDEXED BY ai_generated_content_by_time", "1"),
      own_rows("ai_generated_content c INDEXED BY ai_generated_content_by_user", "c.user_id = ?"),
      joined_rows("content_title_words l INDEXED BY content_title_words_by_word", "l.word = ?"),
      joined_rows("content_tags l INDEXED BY content_tags_by_tag",
                  "l.tag_id = (SELECT id FROM tags WHERE name = ?)"),
      own_rows("ai_generated_content c INDEXED BY ai_generated_content_by_tenant", "c.tenant = ?"),
      own_rows("ai_generated_content c INDEXED BY ai_generated_content_by_model",
               "c.model_id = (SELECT id FROM models WHERE name = ?)")}}};

bool has_joined_rows(ListKind kind) { return kind == ListKind::tag || kind == ListKind::word; }

// How often the condition for one of `count` values stands in the SQL, the last value's again to
// fill it up: a power of two. Connections keep what they compiled, so the callers' texts must be
// few.
std::size_t conditions_for(std::size_t count) { return count == 0 ? 0 : std::bit_ceil(count); }

// Of all but the one that is walked.
std::vector<std::string> others(const std::vector<std::string>& values, ListKind kind,
                                const FindList& list) {
  auto left = values;
  if (list.kind == kind) left.erase(left.begin() + static_cast<std::ptrdiff_t>(list.position));
  return left;
}

void bind_each(Statement& statement, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < conditions_for(values.size()); ++i) {
    statement.bind(values[std::min(i, values.size() - 1)]);
  }
}

std::string bounds_sql(const FindParams& params, const ListSql& list) {
  const std::string time = list.time;
  std::string sql;
  if (params.since) sql += " AND " + time + " >= ?";
  if (params.until) sql += " AND " + time + " < ?";
  if (params.after) {
    sql +=
        " AND (" + time + ", " + list.id + ")" + (params.oldest_first ? " > (?, ?)" : " < (?, ?)");
  }
  return sql;
}

void bind_bounds(Statement& statement, const FindParams& params) {
  if (params.since) statement.bind(params.since->time_since_epoch().count());
  if (params.until) statement.bind(params.until->time_since_epoch().count());
  if (params.after) {
    statement.bind(params.after->generated_at.time_since_epoch().count());
    statement.bind(params.after->id.bytes());
  }
}

void bind_value(Statement& statement, const FindParams& params, const FindList& list) {
  switch (list.kind) {
    case ListKind::user:
      statement.bind(*params.user_id);
      break;
    case ListKind::tenant:
      statement.bind(params.tenant->name());
      break;
    case ListKind::model:
      statement.bind(*params.model);
      break;
    case ListKind::tag:
      statement.bind(params.tags.at(list.position));
      break;
    case ListKind::word:
      statement.bind(params.title_words.at(list.position));
      break;
    case ListKind::all:
      break;
  }
}

std::string list_sql(const FindParams& params, const ListSql& list) {
  return std::string(list.rows) + " WHERE " + list.condition + bounds_sql(params, list);
}

std::string order_of(const FindParams& params, const ListSql& list) {
  const std::string direction = params.oldest_first ? "" : " DESC";
  return std::string(" ORDER BY ") + list.time + direction + ", " + list.id + direction;
}

// The conditions on the row "c" that `list` does not hold to.
std::string others_sql(const FindParams& params, const FindList& list) {
  std::string sql;
  if (params.user_id && list.kind != ListKind::user) sql += " AND c.user_id = ?";
  if (params.tenant && list.kind != ListKind::tenant) {
    sql += params.tenant->is_shared() ? " AND c.tenant IS NULL" : " AND c.tenant = ?";
  }
  if (params.model && list.kind != ListKind::model) {
    sql += " AND c.model_id = (SELECT id FROM models WHERE name = ?)";
  }
  const auto tags = others(params.tags, ListKind::tag, list);
  for (std::size_t i = 0; i < conditions_for(tags.size()); ++i) {
    sql +=
        " AND EXISTS (SELECT 1 FROM content_tags ct WHERE ct.content_id = c.id AND ct.tag_id = "
        "(SELECT id FROM tags WHERE name = ?))";
  }
  const auto words = others(params.title_words, ListKind::word, list);
  for (std::size_t i = 0; i < conditions_for(words.size()); ++i) {
    sql +=
        " AND EXISTS (SELECT 1 FROM content_title_words w "
        "WHERE w.content_id = c.id AND w.word = ?)";
  }
  return sql;
}

void bind_others(Statement& statement, const FindParams& params, const FindList& list) {
  if (params.user_id && list.kind != ListKind::user) statement.bind(*params.user_id);
  if (params.tenant && !params.tenant->is_shared() && list.kind != ListKind::tenant) {
    statement.bind(params.tenant->name());
  }
  if (params.model && list.kind != ListKind::model) statement.bind(*params.model);
  bind_each(statement, others(params.tags, ListKind::tag, list));
  bind_each(statement, others(params.title_words, ListKind::word, list));
}

// Of rows that are counted or erased.
std::string filter_sql(const FindParams& params) {
  return " WHERE 1" + bounds_sql(params, lists[ListKind::all]) + others_sql(params, {});
}

void bind_filter(Statement& statement, const FindParams& params) {
  bind_bounds(statement, params);
  bind_others(statement, params, {});
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
std::vector<Metadata> rows_of(Connection& connection, Statement& statement, Deadline deadline) {
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

std::vector<std::int64_t> count_lists(Connection& connection, const FindParams& params,
                                      std::size_t rows, Deadline deadline) {
  std::vector<std::int64_t> counts;
  for (const auto& list : ports::find_lists(params)) {
    auto count = connection.prepare(
        "SELECT count(*) FROM (SELECT 1 FROM " + list_sql(params, lists[list.kind]) + " LIMIT ?)",
        deadline);
    bind_value(count, params, list);
    bind_bounds(count, params);
    count.bind(static_cast<std::int64_t>(rows));
    counts.push_back(count.step() ? count.integer(0) : 0);
  }
  return counts;
}

Walk walk_of(Connection& connection, const FindParams& params, const FindList& list,
             std::size_t rows, Deadline deadline) {
  Walk walk{.params = params, .list = list};
  if (rows == 0) return walk;
  const ListSql& sql = lists[list.kind];
  auto last =
      connection.prepare(std::string("SELECT ") + sql.time + ", " + sql.id + " FROM " +
                             list_sql(params, sql) + order_of(params, sql) + " LIMIT 1 OFFSET ?",
                         deadline);
  bind_value(last, params, list);
  bind_bounds(last, params);
  last.bind(static_cast<std::int64_t>(rows - 1));
  if (last.step()) {
    walk.last.emplace(Timestamp(std::chrono::milliseconds(last.integer(0))), read_id(last, 1));
    // A walk ends at one bound only.
    (params.oldest_first ? walk.params.until : walk.params.since).reset();
  }
  return walk;
}

std::string find_sql(const Walk& walk) {
  const auto& [params, list, last] = walk;
  const ListSql& walked = lists[list.kind];
  std::string sql = select_rows + walked.rows;
  if (has_joined_rows(list.kind)) sql += " CROSS JOIN ai_generated_content c";
  sql += std::string(" WHERE ") + walked.condition + bounds_sql(params, walked);
  if (last) {
    sql += std::string(" AND (") + walked.time + ", " + walked.id + ")" +
           (params.oldest_first ? " <= (?, ?)" : " >= (?, ?)");
  }
  if (has_joined_rows(list.kind)) sql += " AND c.id = l.content_id";
  return sql + others_sql(params, list) + order_of(params, walked) + " LIMIT ?";
}

void bind_find(Statement& statement, const Walk& walk) {
  const auto& [params, list, last] = walk;
  bind_value(statement, params, list);
  bind_bounds(statement, params);
  if (last) {
    statement.bind(last->generated_at.time_since_epoch().count());
    statement.bind(last->id.bytes());
  }
  bind_others(statement, params, list);
  statement.bind(std::int64_t{params.limit});
}

std::vector<Metadata> SqliteMetadata::find(const FindParams& asked, Deadline deadline) {
  const FindParams params = ports::with_one_bound(asked);
  const auto lease = database_->reader(deadline);
  const auto page = [&](const FindList& list, std::size_t rows) {
    const Walk walk = walk_of(*lease, params, list, rows, deadline);
    auto statement = lease->prepare(find_sql(walk), deadline);
    bind_find(statement, walk);
    return rows_of(*lease, statement, deadline);
  };
  const auto count = [&](std::size_t rows) { return count_lists(*lease, params, rows, deadline); };
  return ports::find_in_lists(params, ports::find_lists(params), page, count);
}

std::uint64_t SqliteMetadata::count_rows(const ports::RowFilter& filter, Deadline deadline) {
  const auto params = ports::params_of(filter);
  const auto lease = database_->reader(deadline);
  auto statement =
      lease->prepare("SELECT count(*) FROM ai_generated_content c" + filter_sql(params), deadline);
  bind_filter(statement, params);
  statement.step();
  return static_cast<std::uint64_t>(statement.integer(0));
}

// This transaction is the file's only writer: what passes goes on passing.
ports::ErasedRows SqliteTransaction::erase_matching(const ports::RowFilter& filter,
                                                    std::size_t limit, Deadline deadline) {
  const auto params = ports::params_of(filter);
  ports::ErasedRows erased;
  {
    auto rows =
        connection().prepare("SELECT c.id FROM ai_generated_content c" + filter_sql(params) +
                                 " ORDER BY c.generated_at, c.id LIMIT ?",
                             deadline);
    bind_filter(rows, params);
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
  auto statement = lease->prepare(
      select_rows + "ai_generated_content c WHERE c.id > ? ORDER BY c.id LIMIT ?", deadline);
  statement.bind(after.bytes()).bind(static_cast<std::int64_t>(limit));
  return rows_of(*lease, statement, deadline);
}

std::vector<Metadata> SqliteMetadata::read_rows(std::span<const ContentId> ids, Deadline deadline) {
  std::vector<Metadata> found;
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(select_rows + "ai_generated_content c WHERE c.id = ?", deadline);
  for (const ContentId& id : ids) {
    statement.reset();
    statement.bind(id.bytes());
    for (auto& row : rows_of(*lease, statement, deadline)) found.push_back(std::move(row));
  }
  return found;
}

}  // namespace polystore::adapters::sqlite
