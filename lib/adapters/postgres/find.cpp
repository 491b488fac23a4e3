#include "adapters/postgres/find.hpp"

#include "adapters/postgres/sql.hpp"
#include "values/indexed_word.hpp"

#include <string_view>
#include <utility>

namespace polystore::adapters::postgres {
namespace {

/// Conditions joined by AND, each with its parameters, in place of '?'.
class Conditions {
 public:
  template <class AddParam>
  void add(std::string_view condition, AddParam&& add_param) {
    sql_ += sql_.empty() ? "WHERE " : " AND ";
    for (const char c : condition) {
      if (c == '?') {
        sql_ += next();
      } else {
        sql_ += c;
      }
    }
    std::forward<AddParam>(add_param)(params_);
  }

  void add(std::string_view condition) {
    add(condition, [](pq::Params&) {});
  }

  /// The name of the next parameter.
  std::string next() { return "$" + std::to_string(++count_); }

  [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
  pq::Params& params() noexcept { return params_; }

 private:
  std::string sql_;
  pq::Params params_;
  int count_ = 0;
};

void add_filters(Conditions& where, const ports::FindParams& params) {
  if (params.user_id) {
    where.add("c.user_id = ?", [&](pq::Params& p) { p.int64(*params.user_id); });
  }
  if (params.tenant && params.tenant->is_shared()) {
    where.add("c.tenant IS NULL");
  } else if (params.tenant) {
    where.add("c.tenant = ?", [&](pq::Params& p) { p.text(params.tenant->name()); });
  }
  if (params.model) {
    where.add("c.model_id = (SELECT id FROM models WHERE name = ?)",
              [&](pq::Params& p) { p.text(*params.model); });
  }
  for (const auto& tag : params.tags) {
    where.add(
        "EXISTS (SELECT FROM content_tags AS ct WHERE ct.content_id = c.id AND ct.tag_id = "
        "(SELECT id FROM tags WHERE name = ?))",
        [&](pq::Params& p) { p.text(tag); });
  }
  if (params.since) {
    where.add("c.generated_at >= ?", [&](pq::Params& p) { p.timestamptz(*params.since); });
  }
  if (params.until) {
    where.add("c.generated_at < ?", [&](pq::Params& p) { p.timestamptz(*params.until); });
  }
  if (!params.title_words.empty()) {
    std::vector<std::string_view> words;
    for (const auto& word : params.title_words) words.push_back(values::indexed_word(word));
    where.add("c.title_words @> ?", [&](pq::Params& p) { p.text_array(words); });
  }
  if (params.after) {
    const char* after =
        params.oldest_first ? "(c.generated_at, c.id) > (?, ?)" : "(c.generated_at, c.id) < (?, ?)";
    where.add(after, [&](pq::Params& p) {
      p.timestamptz(params.after->generated_at).uuid(params.after->id.bytes());
    });
  }
}

const std::string page_columns =
    "SELECT page.id, page.version, page.title, models.name, page.user_id, page.generated_at, "
    "ARRAY(SELECT tags.name FROM content_tags JOIN tags ON tags.id = content_tags.tag_id "
    "WHERE content_tags.content_id = page.id ORDER BY tags.name), "
    "page.prompt_tokens, page.completion_tokens, page.latency_us, page.tenant ";

}  // namespace

FindStatement scan_statement(const ContentId& after, std::size_t limit) {
  return {.sql = page_columns +
                 "FROM (SELECT * FROM ai_generated_content AS c WHERE c.id > $1 ORDER BY c.id "
                 "LIMIT $2) AS page JOIN models ON models.id = page.model_id ORDER BY page.id",
          .params =
              std::move(pq::Params().uuid(after.bytes()).int64(static_cast<std::int64_t>(limit)))};
}

FindStatement find_statement(const ports::FindParams& params) {
  Conditions where;
  add_filters(where, params);
  where.params().int64(params.limit);
  // The page first, its tags and model after: they are looked up for the rows that are shown only.
  const std::string order = params.oldest_first ? "" : " DESC";
  std::string sql = page_columns + "FROM (SELECT * FROM ai_generated_content AS c " + where.sql() +
                    " ORDER BY c.generated_at" + order + ", c.id" + order + " LIMIT " +
                    where.next() + ") AS page JOIN models ON models.id = page.model_id " +
                    "ORDER BY page.generated_at" + order + ", page.id" + order;
  return {.sql = std::move(sql), .params = std::move(where.params())};
}

FindStatement count_statement(const ports::RowFilter& filter) {
  Conditions where;
  add_filters(where, ports::params_of(filter));
  return {.sql = "SELECT count(*) FROM ai_generated_content AS c " + where.sql(),
          .params = std::move(where.params())};
}

FindStatement oldest_statement(const ports::RowFilter& filter, std::size_t limit) {
  Conditions where;
  add_filters(where, ports::params_of(filter));
  where.params().int64(static_cast<std::int64_t>(limit));
  return {.sql = "SELECT c.id FROM ai_generated_content AS c " + where.sql() +
                 " ORDER BY c.generated_at, c.id LIMIT " + where.next(),
          .params = std::move(where.params())};
}

std::vector<Metadata> read_metadata(const pq::Result& rows) {
  std::vector<Metadata> found;
  found.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.push_back({.id = ContentId::from_bytes(rows.uuid(i, 0)),
                     .version = rows.int64(i, 1),
                     .title = std::string(rows.text(i, 2)),
                     .model = std::string(rows.text(i, 3)),
                     .user_id = rows.int64(i, 4),
                     .tenant = rows.is_null(i, 10) ? Tenant::shared()
                                                   : Tenant::named(std::string(rows.text(i, 10))),
                     .generated_at = rows.timestamptz(i, 5),
                     .tags = rows.text_array(i, 6),
                     .usage = {.prompt_tokens = rows.int64(i, 7),
                               .completion_tokens = rows.int64(i, 8),
                               .latency = std::chrono::microseconds(rows.int64(i, 9))}});
  }
  return found;
}

}  // namespace polystore::adapters::postgres
