#include "adapters/mysql/find.hpp"

#include "adapters/mysql/sql.hpp"
#include "values/indexed_word.hpp"

#include <string>
#include <string_view>

namespace polystore::adapters::mysql {

using ports::FindList;
using ports::FindParams;
using ports::ListKind;

namespace {

// The page first, its tags and model after: they are looked up for the rows that are shown only. In
// one statement, which is one snapshot.
constexpr std::string_view page_begin =
    "SELECT page.id, page.version, page.title, models.name, page.user_id, page.generated_at, "
    "page.prompt_tokens, page.completion_tokens, page.latency_us, tags.name, page.tenant "
    "FROM (SELECT c.id, c.version, c.title, c.model_id, c.user_id, c.generated_at, "
    "c.prompt_tokens, c.completion_tokens, c.latency_us, c.tenant FROM ";
constexpr std::string_view page_end =
    ") AS page JOIN models ON models.id = page.model_id "
    "LEFT JOIN content_tags ON content_tags.content_id = page.id "
    "LEFT JOIN tags ON tags.id = content_tags.tag_id";

// A list, held to its index: the server would rather sort all that a filter passes.
struct ListSql {
  std::string_view rows;
  std::string_view join;  // to the contents' own rows
  std::string_view time;
  std::string_view id;
};

constexpr ListSql own_rows(std::string_view rows) { return {rows, "", "c.generated_at", "c.id"}; }

constexpr ListSql joined_rows(std::string_view rows) {
  return {rows,
          " STRAIGHT_JOIN ai_generated_content AS c FORCE INDEX (PRIMARY) ON c.id = l.content_id",
          "l.generated_at", "l.content_id"};
}

constexpr ports::EachListKind<ListSql> list_sql{
    {{own_rows("ai_generated_content AS c FORCE INDEX (by_time)"),
      own_rows("ai_generated_content AS c FORCE INDEX (by_user)"),
      joined_rows("content_title_words AS l FORCE INDEX (by_word_and_time)"),
      joined_rows("content_tags AS l FORCE INDEX (by_tag_and_time)"),
      own_rows("ai_generated_content AS c FORCE INDEX (by_tenant)"),
      own_rows("ai_generated_content AS c FORCE INDEX (by_model)")}}};

std::int64_t count_of(Timestamp time) { return time.time_since_epoch().count(); }

void add_model(my::Statement& where, const std::string& model) {
  where.sql("c.model_id = (SELECT id FROM models WHERE name = ").text(model).sql(")");
}

void add_tenant(my::Statement& where, const Tenant& tenant) {
  if (tenant.is_shared()) {
    where.sql("c.tenant IS NULL");
  } else {
    where.sql("c.tenant = ").text(tenant.name());
  }
}

void add_list(my::Statement& where, const FindParams& params, const FindList& list) {
  switch (list.kind) {
    case ListKind::user:
      where.sql("c.user_id = ").int64(*params.user_id);
      break;
    case ListKind::tenant:
      add_tenant(where, *params.tenant);
      break;
    case ListKind::model:
      add_model(where, *params.model);
      break;
    case ListKind::tag:
      where.sql("l.tag_id = (SELECT id FROM tags WHERE name = ");
      where.text(params.tags.at(list.position)).sql(")");
      break;
    case ListKind::word:
      where.sql("l.word = ");
      where.text(values::indexed_word(params.title_words.at(list.position)));
      break;
    case ListKind::all:
      where.sql("true");
      break;
  }
}

void add_bounds(my::Statement& where, const FindParams& params, const ListSql& list) {
  if (params.since) where.sql(" AND ").sql(list.time).sql(" >= ").int64(count_of(*params.since));
  if (params.until) where.sql(" AND ").sql(list.time).sql(" < ").int64(count_of(*params.until));
  if (params.after) {
    // Not (generated_at, id) < (…): no index is used for that.
    const std::string_view sign = params.oldest_first ? " > " : " < ";
    const std::int64_t time = count_of(params.after->generated_at);
    where.sql(" AND (").sql(list.time).sql(sign).int64(time).sql(" OR (").sql(list.time);
    where.sql(" = ").int64(time).sql(" AND ").sql(list.id).sql(sign);
    where.uuid(params.after->id.bytes()).sql("))");
  }
}

void add_rows(my::Statement& sql, const FindParams& params, const FindList& list) {
  const ListSql& rows = list_sql[list.kind];
  sql.sql(rows.rows).sql(" WHERE ");
  add_list(sql, params, list);
  add_bounds(sql, params, rows);
}

void add_order(my::Statement& sql, const FindParams& params, std::string_view time,
               std::string_view id) {
  const std::string_view direction = params.oldest_first ? "" : " DESC";
  sql.sql(" ORDER BY ").sql(time).sql(direction).sql(", ").sql(id).sql(direction);
}

// What the list does not hold to already. A tag or word is looked for among the row's own: as
// EXISTS, the server may make a table of all rows that have it.
void add_others(my::Statement& where, const FindParams& params, const FindList& list) {
  if (params.user_id && list.kind != ListKind::user) {
    where.sql(" AND c.user_id = ").int64(*params.user_id);
  }
  if (params.tenant && list.kind != ListKind::tenant) {
    where.sql(" AND ");
    add_tenant(where, *params.tenant);
  }
  if (params.model && list.kind != ListKind::model) {
    where.sql(" AND ");
    add_model(where, *params.model);
  }
  for (std::size_t i = 0; i < params.tags.size(); ++i) {
    if (list == FindList{.kind = ListKind::tag, .position = i}) continue;
    where.sql(
        " AND (SELECT 1 FROM content_tags AS ct FORCE INDEX (PRIMARY) WHERE ct.content_id = c.id "
        "AND ct.tag_id = (SELECT id FROM tags WHERE name = ");
    where.text(params.tags[i]).sql(")) = 1");
  }
  for (std::size_t i = 0; i < params.title_words.size(); ++i) {
    if (list == FindList{.kind = ListKind::word, .position = i}) continue;
    where.sql(
        " AND (SELECT 1 FROM content_title_words AS w FORCE INDEX (PRIMARY) WHERE w.content_id = "
        "c.id AND w.word = ");
    where.text(values::indexed_word(params.title_words[i])).sql(") = 1");
  }
}

void add_filter(my::Statement& where, const ports::RowFilter& filter) {
  const FindParams params = ports::params_of(filter);
  add_bounds(where, params, list_sql[ListKind::all]);
  add_others(where, params, {});
}

Metadata read_one(const my::Result& rows, std::size_t i) {
  return {.id = ContentId::from_bytes(rows.uuid(i, 0)),
          .version = rows.int64(i, 1),
          .title = std::string(rows.text(i, 2)),
          .model = std::string(rows.text(i, 3)),
          .user_id = rows.int64(i, 4),
          .tenant =
              rows.is_null(i, 10) ? Tenant::shared() : Tenant::named(std::string(rows.text(i, 10))),
          .generated_at = Timestamp(std::chrono::milliseconds(rows.int64(i, 5))),
          .usage = {.prompt_tokens = rows.int64(i, 6),
                    .completion_tokens = rows.int64(i, 7),
                    .latency = std::chrono::microseconds(rows.int64(i, 8))}};
}

}  // namespace

my::Statement scan_statement(const ContentId& after, std::size_t limit) {
  my::Statement statement(page_begin);
  statement.sql("ai_generated_content AS c WHERE c.id > ").uuid(after.bytes());
  statement.sql(" ORDER BY c.id LIMIT ").int64(static_cast<std::int64_t>(limit));
  statement.sql(page_end).sql(" ORDER BY page.id, tags.name");
  return statement;
}

my::Statement rows_statement(std::span<const ContentId> ids) {
  my::Statement statement(page_begin);
  statement.sql("ai_generated_content AS c WHERE c.id IN ").uuid_list(uuids_of(ids));
  statement.sql(page_end).sql(" ORDER BY page.id, tags.name");
  return statement;
}

my::Statement count_lists_statement(const FindParams& params, std::size_t rows) {
  my::Statement statement("SELECT ");
  bool first = true;
  for (const auto& list : ports::find_lists(params)) {
    statement.sql(first ? "(SELECT COUNT(*) FROM (SELECT 1 FROM "
                        : ", (SELECT COUNT(*) FROM (SELECT 1 FROM ");
    add_rows(statement, params, list);
    statement.sql(" LIMIT ").int64(static_cast<std::int64_t>(rows)).sql(") AS counted)");
    first = false;
  }
  return statement;
}

my::Statement find_statement(const FindParams& params, const FindList& list, std::size_t rows) {
  const ListSql& walked = list_sql[list.kind];
  my::Statement statement(page_begin);
  if (rows == 0) {
    statement.sql(walked.rows).sql(walked.join).sql(" WHERE ");
    add_list(statement, params, list);
    add_bounds(statement, params, walked);
    add_others(statement, params, list);
    add_order(statement, params, walked.time, walked.id);
  } else {
    statement.sql("(SELECT ").sql(walked.id).sql(" AS id FROM ");
    add_rows(statement, params, list);
    add_order(statement, params, walked.time, walked.id);
    statement.sql(" LIMIT ").int64(static_cast<std::int64_t>(rows));
    statement.sql(
        ") AS tried STRAIGHT_JOIN ai_generated_content AS c FORCE INDEX (PRIMARY) ON c.id = "
        "tried.id WHERE true");
    add_others(statement, params, list);
    add_order(statement, params, "c.generated_at", "c.id");
  }
  statement.sql(" LIMIT ").int64(params.limit);
  statement.sql(page_end);
  add_order(statement, params, "page.generated_at", "page.id");
  statement.sql(", tags.name");
  return statement;
}

my::Statement count_statement(const ports::RowFilter& filter) {
  my::Statement statement("SELECT COUNT(*) FROM ai_generated_content AS c WHERE true");
  add_filter(statement, filter);
  return statement;
}

my::Statement oldest_statement(const ports::RowFilter& filter, std::size_t limit) {
  my::Statement statement("SELECT c.id FROM ai_generated_content AS c WHERE true");
  add_filter(statement, filter);
  statement.sql(" ORDER BY c.generated_at, c.id LIMIT ").int64(static_cast<std::int64_t>(limit));
  return statement;
}

std::vector<Metadata> read_metadata(const my::Result& rows) {
  std::vector<Metadata> found;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    if (found.empty() || found.back().id.bytes() != rows.uuid(i, 0)) {
      found.push_back(read_one(rows, i));
    }
    if (!rows.is_null(i, 9)) found.back().tags.emplace_back(rows.text(i, 9));
  }
  return found;
}

}  // namespace polystore::adapters::mysql
