#include "adapters/mysql/find.hpp"

#include "adapters/mysql/sql.hpp"
#include "values/indexed_word.hpp"

#include <string>
#include <string_view>

namespace polystore::adapters::mysql {
namespace {

// The page first, its tags and model after: they are looked up for the rows that are shown only. In
// one statement, which is one snapshot.
constexpr std::string_view page_begin =
    "SELECT page.id, page.version, page.title, models.name, page.user_id, page.generated_at, "
    "page.prompt_tokens, page.completion_tokens, page.latency_us, tags.name, page.tenant "
    "FROM (SELECT c.id, c.version, c.title, c.model_id, c.user_id, c.generated_at, "
    "c.prompt_tokens, c.completion_tokens, c.latency_us, c.tenant FROM ai_generated_content AS c "
    "WHERE true";
constexpr std::string_view page_end =
    ") AS page JOIN models ON models.id = page.model_id "
    "LEFT JOIN content_tags ON content_tags.content_id = page.id "
    "LEFT JOIN tags ON tags.id = content_tags.tag_id ORDER BY ";

std::int64_t count_of(Timestamp time) { return time.time_since_epoch().count(); }

void add_filters(my::Statement& where, const ports::FindParams& params) {
  if (params.user_id) where.sql(" AND c.user_id = ").int64(*params.user_id);
  if (params.tenant && params.tenant->is_shared()) {
    where.sql(" AND c.tenant IS NULL");
  } else if (params.tenant) {
    where.sql(" AND c.tenant = ").text(params.tenant->name());
  }
  if (params.model) {
    where.sql(" AND c.model_id = (SELECT id FROM models WHERE name = ").text(*params.model);
    where.sql(")");
  }
  for (const auto& tag : params.tags) {
    where.sql(
        " AND EXISTS (SELECT 1 FROM content_tags AS ct WHERE ct.content_id = c.id AND ct.tag_id = "
        "(SELECT id FROM tags WHERE name = ");
    where.text(tag).sql("))");
  }
  if (params.since) where.sql(" AND c.generated_at >= ").int64(count_of(*params.since));
  if (params.until) where.sql(" AND c.generated_at < ").int64(count_of(*params.until));
  for (const auto& word : params.title_words) {
    where.sql(
        " AND EXISTS (SELECT 1 FROM content_title_words AS w WHERE w.content_id = c.id AND "
        "w.word = ");
    where.text(values::indexed_word(word)).sql(")");
  }
  if (params.after) {
    // Not (generated_at, id) < (…): no index is used for that.
    const std::string_view sign = params.oldest_first ? ">" : "<";
    const std::int64_t time = count_of(params.after->generated_at);
    where.sql(" AND c.generated_at ").sql(sign).sql("= ").int64(time);
    where.sql(" AND (c.generated_at ").sql(sign).sql(" ").int64(time);
    where.sql(" OR c.id ").sql(sign).sql(" ").uuid(params.after->id.bytes()).sql(")");
  }
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
  statement.sql(" AND c.id > ").uuid(after.bytes()).sql(" ORDER BY c.id LIMIT ");
  statement.int64(static_cast<std::int64_t>(limit)).sql(page_end).sql("page.id, tags.name");
  return statement;
}

my::Statement find_statement(const ports::FindParams& params) {
  my::Statement statement(page_begin);
  add_filters(statement, params);
  const std::string_view order = params.oldest_first ? "" : " DESC";
  statement.sql(" ORDER BY c.generated_at").sql(order).sql(", c.id").sql(order);
  statement.sql(" LIMIT ").int64(params.limit).sql(page_end);
  statement.sql("page.generated_at").sql(order).sql(", page.id").sql(order).sql(", tags.name");
  return statement;
}

my::Statement count_statement(const ports::RowFilter& filter) {
  my::Statement statement("SELECT COUNT(*) FROM ai_generated_content AS c WHERE true");
  add_filters(statement, ports::params_of(filter));
  return statement;
}

my::Statement oldest_statement(const ports::RowFilter& filter, std::size_t limit) {
  my::Statement statement("SELECT c.id FROM ai_generated_content AS c WHERE true");
  add_filters(statement, ports::params_of(filter));
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
