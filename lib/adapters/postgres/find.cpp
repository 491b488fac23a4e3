#include "adapters/postgres/find.hpp"

#include "adapters/postgres/sql.hpp"
#include "values/indexed_word.hpp"

#include <string_view>
#include <utility>

namespace polystore::adapters::postgres {

using ports::FindList;
using ports::FindParams;
using ports::ListKind;

namespace {

/// The filters of a page as SQL, and their parameters. Each is added once, and may stand in several
/// places.
class Filters {
 public:
  explicit Filters(const FindParams& params);

  [[nodiscard]] pq::Params take_params() { return std::move(params_); }
  [[nodiscard]] bool has_words() const noexcept { return !words_.empty(); }
  [[nodiscard]] std::string words() const { return "c.title_words @> " + words_; }
  [[nodiscard]] const std::string& limit() const noexcept { return limit_; }

  /// The rows of a list, in the page's order, from where the page begins.
  [[nodiscard]] std::string walk(std::string_view columns, const FindList& list) const;

  /// Their order, in columns of `rows`.
  [[nodiscard]] std::string order(const std::string& rows, const FindList& list) const;

  /// The conditions on the row "c" that `list` does not hold to; each begins with AND.
  [[nodiscard]] std::string others(const FindList& list) const;

  /// The page's bounds on the row "c".
  [[nodiscard]] std::string bounds() const;

 private:
  template <class AddParam>
  std::string add(AddParam&& add_param) {
    std::forward<AddParam>(add_param)(params_);
    return "$" + std::to_string(++count_);
  }

  FindParams find_;
  pq::Params params_;
  int count_ = 0;
  std::string user_;
  std::string tenant_;  // if it is a named one
  std::string model_;
  std::vector<std::string> tags_;
  std::string words_;
  std::string since_;
  std::string until_;
  std::string after_time_;
  std::string after_id_;
  std::string limit_;
};

Filters::Filters(const FindParams& params) : find_(ports::with_one_bound(params)) {
  if (find_.user_id) user_ = add([&](pq::Params& p) { p.int64(*find_.user_id); });
  if (find_.tenant && !find_.tenant->is_shared()) {
    tenant_ = add([&](pq::Params& p) { p.text(find_.tenant->name()); });
  }
  if (find_.model) {
    model_ =
        "(SELECT id FROM models WHERE name = " + add([&](pq::Params& p) { p.text(*find_.model); }) +
        ")";
  }
  for (const auto& tag : find_.tags) {
    tags_.push_back(
        "(SELECT id FROM tags WHERE name = " + add([&](pq::Params& p) { p.text(tag); }) + ")");
  }
  if (!find_.title_words.empty()) {
    std::vector<std::string_view> words;
    for (const auto& word : find_.title_words) words.push_back(values::indexed_word(word));
    words_ = add([&](pq::Params& p) { p.text_array(words); });
  }
  if (find_.since) since_ = add([&](pq::Params& p) { p.timestamptz(*find_.since); });
  if (find_.until) until_ = add([&](pq::Params& p) { p.timestamptz(*find_.until); });
  if (find_.after) {
    after_time_ = add([&](pq::Params& p) { p.timestamptz(find_.after->generated_at); });
    after_id_ = add([&](pq::Params& p) { p.uuid(find_.after->id.bytes()); });
  }
  limit_ = add([&](pq::Params& p) { p.int64(find_.limit); });
}

/// An index that lists contents by time: its first column, if that is not the time, and its
/// last.
struct ListIndex {
  std::string key;
  std::string id;
};

ListIndex index_of(ListKind kind) {
  switch (kind) {
    case ListKind::user:
      return {"user_id", "id"};
    case ListKind::tenant:
      return {"tenant", "id"};
    case ListKind::model:
      return {"model_id", "id"};
    case ListKind::tag:
      return {"tag_id", "content_id"};
    case ListKind::word:
    case ListKind::all:
      break;
  }
  return {"", "id"};
}

// Not "key = value": then the planner also thinks of the index by time, and of passing all rows of
// other keys in it. Compared as a range, only the list's own index has the order; and compared with
// the time, the range is not taken for a small one, whose rows might as well be sorted.
std::string Filters::walk(std::string_view columns, const FindList& list) const {
  const auto [key, id] = index_of(list.kind);
  std::string value;
  if (list.kind == ListKind::user) value = user_ + ", ";
  if (list.kind == ListKind::tenant) value = tenant_ + ", ";
  if (list.kind == ListKind::model) value = model_ + ", ";
  if (list.kind == ListKind::tag) value = tags_.at(list.position) + ", ";
  const std::string time = (key.empty() ? "" : key + ", ") + "generated_at";
  const std::string sign = find_.oldest_first ? " > " : " < ";
  const std::string after =
      "(" + time + ", " + id + ")" + sign + "(" + value + after_time_ + ", " + after_id_ + ")";
  std::string from =
      "(" + time + ") >= (" + value + (since_.empty() ? "'-infinity'" : since_) + ")";
  std::string to = "(" + time + ")" + (until_.empty() ? " <= (" : " < (") + value +
                   (until_.empty() ? "'infinity'" : until_) + ")";
  if (!after_id_.empty()) (find_.oldest_first ? from : to) = after;
  std::string sql = "SELECT " + std::string(columns) + " FROM " +
                    (list.kind == ListKind::tag ? "content_tags" : "ai_generated_content") +
                    " AS l WHERE " + from + " AND " + to;
  if (list.kind == ListKind::tenant) sql += " AND tenant IS NOT NULL";  // as the index has it
  return sql + " ORDER BY " + order("l", list) + " ";
}

std::string Filters::order(const std::string& rows, const FindList& list) const {
  const auto [key, id] = index_of(list.kind);
  const std::string direction = find_.oldest_first ? "" : " DESC";
  const std::string first = key.empty() ? "" : rows + "." + key + direction + ", ";
  return first + rows + ".generated_at" + direction + ", " + rows + "." + id + direction;
}

// A tag is looked for among the row's own tags: as a join, the planner may begin at the tag, whose
// rows it cannot count before it has looked up the name.
std::string Filters::others(const FindList& list) const {
  std::string sql;
  if (!user_.empty() && list.kind != ListKind::user) sql += " AND c.user_id = " + user_;
  if (find_.tenant && find_.tenant->is_shared()) sql += " AND c.tenant IS NULL";
  if (!tenant_.empty() && list.kind != ListKind::tenant) sql += " AND c.tenant = " + tenant_;
  if (!model_.empty() && list.kind != ListKind::model) sql += " AND c.model_id = " + model_;
  for (std::size_t i = 0; i < tags_.size(); ++i) {
    if (list == FindList{.kind = ListKind::tag, .position = i}) continue;
    sql += " AND (SELECT true FROM content_tags AS ct WHERE ct.content_id = c.id AND ct.tag_id = " +
           tags_[i] + ")";
  }
  if (has_words()) sql += " AND " + words();
  return sql;
}

std::string Filters::bounds() const {
  std::string sql;
  if (!since_.empty()) sql += " AND c.generated_at >= " + since_;
  if (!until_.empty()) sql += " AND c.generated_at < " + until_;
  if (!after_id_.empty()) {
    sql += std::string(" AND (c.generated_at, c.id)") + (find_.oldest_first ? " > (" : " < (") +
           after_time_ + ", " + after_id_ + ")";
  }
  return sql;
}

/// The first rows of a walk that pass the other filters, in the walk's own order, which the planner
/// knows to be there. OFFSET 0 keeps it from mixing the steps, and from looking up a tag's rows but
/// one by one.
std::string pick(const Filters& filters, const FindList& list, const std::string& end) {
  if (list.kind == ListKind::tag) {
    return "SELECT c.* FROM (" + filters.walk("*", list) + end +
           ") AS walk CROSS JOIN LATERAL (SELECT * FROM ai_generated_content AS c WHERE c.id = "
           "walk.content_id" +
           filters.others(list) + " OFFSET 0) AS c ORDER BY " + filters.order("walk", list) +
           " LIMIT " + filters.limit();
  }
  return "SELECT c.* FROM (" + filters.walk("*", list) + end + ") AS c WHERE true" +
         filters.others(list) + " ORDER BY " + filters.order("c", list) + " LIMIT " +
         filters.limit();
}

/// The first of all contents that have the title words and pass the other filters. These are asked
/// of the rows alone: lists that were worth reading beside the words' index are long by now. OFFSET
/// 0 keeps the planner from them, and from going through the contents by time.
std::string look_up(const Filters& filters) {
  return "SELECT c.* FROM (SELECT * FROM ai_generated_content AS c WHERE " + filters.words() +
         filters.bounds() + " OFFSET 0) AS c WHERE true" + filters.others({}) + " ORDER BY " +
         filters.order("c", {}) + " LIMIT " + filters.limit();
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

FindStatement rows_statement(std::span<const ContentId> ids) {
  return {.sql = page_columns +
                 "FROM ai_generated_content AS page JOIN models ON models.id = page.model_id "
                 "WHERE page.id = ANY ($1::uuid[])",
          .params = std::move(pq::Params().uuid_array(uuids_of(ids)))};
}

std::vector<FindList> lists_of(const FindParams& params) {
  auto lists = ports::find_lists(params);
  if (params.title_words.empty()) return lists;
  std::erase_if(lists, [](const FindList& list) { return list.kind == ListKind::word; });
  if (lists.empty()) lists.push_back({});
  lists.push_back({.kind = ListKind::word});
  return lists;
}

// Contents with title words can't be counted but by finding them all. They are taken for few, so
// that another list is walked only if it is short for certain.
FindStatement count_lists_statement(const FindParams& params, std::size_t rows) {
  Filters filters(params);
  std::string sql;
  for (const auto& list : lists_of(params)) {
    sql += sql.empty() ? "SELECT " : ", ";
    if (list.kind == ListKind::word) {
      sql += std::to_string(rows - 1) + "::int8";
    } else if (list.kind == ListKind::all) {
      sql += std::to_string(rows) + "::int8";
    } else {
      sql += "(SELECT count(*) FROM (" + filters.walk("1", list) + "LIMIT " + std::to_string(rows) +
             ") AS counted)";
    }
  }
  return {.sql = std::move(sql), .params = filters.take_params()};
}

FindStatement find_statement(const FindParams& params, const FindList& list, std::size_t rows) {
  Filters filters(params);
  std::string page;
  if (list.kind == ListKind::word) {
    page = look_up(filters);
  } else if (rows != 0) {
    page = pick(filters, list, "LIMIT " + std::to_string(rows));
  } else {
    page =
        pick(filters, list, filters.others(list).empty() ? "LIMIT " + filters.limit() : "OFFSET 0");
  }
  // The page first, its tags and model after: they are looked up for the rows that are shown only.
  std::string sql = page_columns + "FROM (" + page +
                    ") AS page JOIN models ON models.id = page.model_id ORDER BY " +
                    filters.order("page", {});
  return {.sql = std::move(sql), .params = filters.take_params()};
}

FindStatement count_statement(const ports::RowFilter& filter) {
  Filters filters(ports::params_of(filter));
  return {.sql = "SELECT count(*) FROM ai_generated_content AS c WHERE true" + filters.bounds() +
                 filters.others({}),
          .params = filters.take_params()};
}

FindStatement oldest_statement(const ports::RowFilter& filter, std::size_t limit) {
  FindParams params = ports::params_of(filter);
  params.limit = static_cast<std::uint32_t>(limit);
  Filters filters(params);
  return {.sql = "SELECT c.id FROM ai_generated_content AS c WHERE true" + filters.bounds() +
                 filters.others({}) + " ORDER BY c.generated_at, c.id LIMIT " + filters.limit(),
          .params = filters.take_params()};
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
