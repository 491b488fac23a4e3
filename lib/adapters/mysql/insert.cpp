#include "adapters/mysql/insert.hpp"

#include "adapters/mysql/sql.hpp"
#include "values/indexed_word.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace polystore::adapters::mysql {

using ports::InsertStatus;
using ports::NewRow;

namespace {

constexpr std::string_view row_head =
    "INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, prompt_tokens, "
    "completion_tokens, latency_us, content_hash, version, tenant) VALUES ";

my::Statement select_tombstones(std::span<const my::Uuid> ids) {
  my::Statement statement("SELECT id FROM polystore_tombstones WHERE id IN ");
  statement.uuid_list(ids);
  return statement;
}

my::Statement shared(my::Statement statement, std::string_view order) {
  statement.sql(" ORDER BY ").sql(order).sql(" LOCK IN SHARE MODE");
  return statement;
}

std::span<const std::byte> bytes_of(const ports::ContentHash& hash) {
  return std::as_bytes(std::span(hash));
}

// Where look_for_obstacles' results are.
constexpr std::size_t users_result = 1;
constexpr std::size_t models_result = 2;
constexpr std::size_t tags_result = 3;
constexpr std::size_t rows_result = 4;
constexpr std::size_t tombstones_result = 5;

}  // namespace

Insert::Insert(std::span<const NewRow> rows) : count_(rows.size()) {
  rows_.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows_.push_back({.row = rows[i], .position = i});
  const auto id = [](const Row& row) { return row.row.metadata.id; };
  std::ranges::stable_sort(rows_, {}, id);
  const auto same_id = [&](const Row& a, const Row& b) { return id(a) == id(b); };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same_id), rows_.end());
}

NameSet Insert::models() const {
  NameSet models;
  for (const Row& row : rows_) models.insert(row.row.metadata.model);
  return models;
}

NameSet Insert::tags() const {
  NameSet tags;
  for (const Row& row : rows_) {
    tags.insert(row.row.metadata.tags.begin(), row.row.metadata.tags.end());
  }
  return tags;
}

std::vector<my::Uuid> Insert::ids_to_insert() const {
  std::vector<my::Uuid> ids;
  for (const Row& row : rows_) {
    if (row.status == InsertStatus::inserted) ids.push_back(row.row.metadata.id.bytes());
  }
  return ids;
}

// An erase of an id that has no row waits for it, and a put for the erase.
my::Statement Insert::lock_ids() const {
  std::set<std::int64_t> buckets;
  for (const Row& row : rows_) buckets.insert(id_lock(row.row.metadata.id));
  return lock_buckets(buckets, LockMode::shared);
}

my::Script Insert::insert_rows() const {
  my::Script script;
  script.add(lock_ids());
  add_to(script);
  // The insert may have waited for an erase of a row of the same id; only a statement that begins
  // after it sees that one's tombstone.
  script.add(select_tombstones(ids_to_insert()));
  return script;
}

void Insert::add_to(my::Script& script) const {
  Inserts rows(row_head);
  Inserts tags("INSERT INTO content_tags (content_id, tag_id, generated_at) VALUES ");
  Inserts words("INSERT INTO content_title_words (content_id, word, generated_at) VALUES ");
  for (const Row& row : rows_) {
    if (row.status != InsertStatus::inserted) continue;
    const Metadata& metadata = row.row.metadata;
    const my::Uuid& id = metadata.id.bytes();
    my::Statement& statement = rows.next().open().uuid(id).text(metadata.title);
    statement.int64(names_.models.find(metadata.model)->second);
    const std::int64_t time = metadata.generated_at.time_since_epoch().count();
    statement.int64(time).int64(metadata.user_id);
    statement.int64(metadata.usage.prompt_tokens).int64(metadata.usage.completion_tokens);
    statement.int64(metadata.usage.latency.count()).bytes(bytes_of(row.row.hash));
    statement.int64(metadata.version);
    if (metadata.tenant.is_shared()) {
      statement.null();
    } else {
      statement.text(metadata.tenant.name());
    }
    statement.close();
    for (const auto& tag : metadata.tags) {
      tags.next().open().uuid(id).int64(names_.tags.find(tag)->second).int64(time).close();
    }
    for (const auto& word : row.row.title_words) {
      words.next().open().uuid(id).text(values::indexed_word(word)).int64(time).close();
    }
  }
  std::move(rows).append_to(script);
  std::move(tags).append_to(script);
  std::move(words).append_to(script);
}

Insert::Row* Insert::find(const ContentId& id) {
  const auto found =
      std::ranges::lower_bound(rows_, id, {}, [](const Row& row) { return row.row.metadata.id; });
  return found != rows_.end() && found->row.metadata.id == id ? &*found : nullptr;
}

std::vector<my::Uuid> Insert::settle(const my::ScriptResults& results) {
  std::vector<my::Uuid> erased;
  for (const ContentId& id : ids_of(results.at(results.size() - 1))) {
    Row* row = find(id);
    if (row == nullptr || row->status != InsertStatus::inserted) continue;
    row->status = InsertStatus::erased;
    erased.push_back(id.bytes());
  }
  std::ranges::sort(erased);
  return erased;
}

bool Insert::may_be_explained(const Error& error) {
  return error.native_code() == "1062" || error.native_code() == "1452";
}

my::Script Insert::look_for_obstacles() const {
  std::set<std::int64_t> users;
  for (const Row& row : rows_) users.insert(row.row.metadata.user_id);
  const std::vector<std::int64_t> user_ids(users.begin(), users.end());
  std::vector<my::Uuid> ids;
  for (const Row& row : rows_) ids.push_back(row.row.metadata.id.bytes());

  my::Statement known_users("SELECT id FROM users FORCE INDEX (PRIMARY) WHERE id IN ");
  known_users.int64_list(user_ids);
  my::Statement known_rows(
      "SELECT id, content_hash FROM ai_generated_content FORCE INDEX (PRIMARY) WHERE id IN ");
  known_rows.uuid_list(ids);
  my::Script script;
  script.add(lock_ids())
      .add(shared(std::move(known_users), "id"))
      .add(shared(select_names("models", models()), "name"))
      .add(shared(select_names("tags", tags()), "name"))
      .add(shared(std::move(known_rows), "id"))
      .add(select_tombstones(ids));
  return script;
}

bool Insert::take_obstacles(const my::ScriptResults& results) {
  names_ = {};
  read_names(results.at(models_result), names_.models);
  read_names(results.at(tags_result), names_.tags);
  if (names_.models.size() != models().size() || names_.tags.size() != tags().size()) {
    throw Error({.code = ErrorCode::unavailable,
                 .backend = Backend::mysql,
                 .retryable = true,
                 .operation = "insert rows",
                 .message = "a model or tag of a row was removed meanwhile; try again"});
  }
  const auto users = numbers_of(results.at(users_result));
  for (Row& row : rows_) {
    const bool known = std::ranges::binary_search(users, row.row.metadata.user_id);
    row.status = known ? InsertStatus::inserted : InsertStatus::unknown_user;
  }
  const my::Result& there = results.at(rows_result);
  for (std::size_t i = 0; i < there.rows(); ++i) {
    Row* row = find(ContentId::from_bytes(there.uuid(i, 0)));
    if (row == nullptr) continue;
    const bool same = std::ranges::equal(there.bytes(i, 1), bytes_of(row->row.hash));
    row->status = same ? InsertStatus::duplicate : InsertStatus::conflict;
  }
  for (const ContentId& id : ids_of(results.at(tombstones_result))) {
    if (Row* row = find(id)) row->status = InsertStatus::erased;
  }
  return std::ranges::any_of(rows_,
                             [](const Row& row) { return row.status == InsertStatus::inserted; });
}

std::vector<InsertStatus> Insert::statuses() const {
  std::vector<InsertStatus> statuses(count_, InsertStatus::conflict);
  for (const Row& row : rows_) statuses[row.position] = row.status;
  return statuses;
}

}  // namespace polystore::adapters::mysql
