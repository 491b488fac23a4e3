#include "adapters/postgres/insert.hpp"

#include "adapters/postgres/names.hpp"
#include "adapters/postgres/sql.hpp"
#include "values/indexed_word.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

namespace polystore::adapters::postgres {

using ports::InsertStatus;
using ports::NewRow;

namespace {

// Locks are taken in one order by everybody, so that no two batches wait for each other: id
// buckets, user buckets, models by name, tags by name, rows by id.
constexpr const char* lock_buckets =
    "SELECT pg_advisory_xact_lock_shared($1::int8::int4, bucket::int4) "
    "FROM unnest($2::int8[]) AS bucket";

// The locks are what a foreign key would take, once for the whole batch (ADR 14).
constexpr const char* insert_rows = R"(
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
                       $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::bytea[], $11::int8[],
                       $12::text[])
    WITH ORDINALITY AS t(id, title, title_words, model, generated_at, user_id, prompt_tokens,
                         completion_tokens, latency_us, content_hash, version, tenant, n)),
inserted AS (
  INSERT INTO ai_generated_content (id, title, title_words, model_id, generated_at, user_id,
      prompt_tokens, completion_tokens, latency_us, content_hash, version, tenant)
  SELECT given.id, given.title, string_to_array(given.title_words, E'\n'), models.id,
      given.generated_at, users.id, given.prompt_tokens, given.completion_tokens,
      given.latency_us, given.content_hash, given.version, nullif(given.tenant, '')
  FROM given
  JOIN models ON models.name = given.model
  JOIN users ON users.id = given.user_id
  ORDER BY given.n
  FOR KEY SHARE OF models, users
  ON CONFLICT (id) DO NOTHING
  RETURNING id),
tagged AS (
  INSERT INTO content_tags (content_id, tag_id, generated_at)
  SELECT inserted.id, tags.id, given.generated_at
  FROM inserted
  JOIN given ON given.id = inserted.id
  JOIN unnest($13::int8[], $14::text[]) AS t(n, tag) ON t.n = given.n
  JOIN tags ON tags.name = t.tag
  FOR KEY SHARE OF tags)
SELECT id FROM inserted)";

// The insert may have waited for an erase of the same id; only a statement that begins after it
// sees that one's tombstone. No row and tombstone of one id are ever committed together, so these
// are our own rows.
constexpr const char* remove_erased =
    "DELETE FROM ai_generated_content AS c USING polystore_tombstones AS t "
    "WHERE c.id = ANY($1) AND t.id = c.id RETURNING c.id";

constexpr const char* why = R"(
SELECT given.id, t.id IS NOT NULL, c.id IS NOT NULL,
       c.content_hash IS NOT DISTINCT FROM given.content_hash
FROM unnest($1::uuid[], $2::bytea[]) AS given(id, content_hash)
LEFT JOIN polystore_tombstones AS t ON t.id = given.id
LEFT JOIN ai_generated_content AS c ON c.id = given.id)";

// The indexes are fixed by the pipeline's order.
constexpr std::size_t rows_result = 3;
constexpr std::size_t erased_result = 4;

/// Words have letters, marks and digits only, so a new line can part them.
std::string join_words(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words) {
    if (!joined.empty()) joined += '\n';
    joined += values::indexed_word(word);
  }
  return joined;
}

std::span<const std::byte> bytes_of(const ports::ContentHash& hash) {
  return std::as_bytes(std::span(hash));
}

}  // namespace

Insert::Insert(std::span<const NewRow> rows) : count_(rows.size()) {
  rows_.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows_.push_back({.id = rows[i].metadata.id, .hash = rows[i].hash, .position = i});
  }
  std::ranges::stable_sort(rows_, {}, &Row::id);
  const auto same_id = [](const Row& a, const Row& b) { return a.id == b.id; };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same_id), rows_.end());

  std::set<std::int64_t> locks;
  for (const Row& row : rows_) {
    locks.insert(id_lock(row.id));
    locks.insert(user_lock(rows[row.position].metadata.user_id));
  }
  statements_.add_prepared(lock_buckets, lock_params(locks));
  add_names(rows);
  add_rows(rows);
}

void Insert::add_names(std::span<const NewRow> rows) {
  std::set<std::string_view> models;
  std::set<std::string_view> tags;
  for (const Row& row : rows_) {
    const Metadata& metadata = rows[row.position].metadata;
    models.insert(metadata.model);
    tags.insert(metadata.tags.begin(), metadata.tags.end());
  }
  const std::vector<std::string_view> model_names(models.begin(), models.end());
  const std::vector<std::string_view> tag_names(tags.begin(), tags.end());
  statements_.add_prepared(insert_names_into("models"), pq::Params().text_array(model_names));
  statements_.add_prepared(insert_names_into("tags"), pq::Params().text_array(tag_names));
}

void Insert::add_rows(std::span<const NewRow> rows) {
  std::vector<pq::Uuid> ids;
  std::vector<std::string_view> titles;
  std::vector<std::string> title_words;
  std::vector<std::string_view> models;
  std::vector<pq::Timestamp> times;
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> prompt_tokens;
  std::vector<std::int64_t> completion_tokens;
  std::vector<std::int64_t> latencies;
  std::vector<std::span<const std::byte>> hashes;
  std::vector<std::int64_t> versions;
  std::vector<std::string_view> tenants;
  std::vector<std::int64_t> tagged_rows;  // from 1
  std::vector<std::string_view> tags;     // one of that row's
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const NewRow& row = rows[rows_[i].position];
    const Metadata& metadata = row.metadata;
    ids.push_back(metadata.id.bytes());
    titles.push_back(metadata.title);
    title_words.push_back(join_words(row.title_words));
    models.push_back(metadata.model);
    times.push_back(metadata.generated_at);
    users.push_back(metadata.user_id);
    prompt_tokens.push_back(metadata.usage.prompt_tokens);
    completion_tokens.push_back(metadata.usage.completion_tokens);
    latencies.push_back(metadata.usage.latency.count());
    hashes.push_back(bytes_of(row.hash));
    versions.push_back(metadata.version);
    tenants.push_back(metadata.tenant.name());
    tagged_rows.insert(tagged_rows.end(), metadata.tags.size(), static_cast<std::int64_t>(i + 1));
    tags.insert(tags.end(), metadata.tags.begin(), metadata.tags.end());
  }
  pq::Params params;
  params.uuid_array(ids).text_array(titles).text_array(views_of(title_words)).text_array(models);
  params.timestamptz_array(times).int64_array(users).int64_array(prompt_tokens);
  params.int64_array(completion_tokens).int64_array(latencies).bytea_array(hashes);
  params.int64_array(versions).text_array(tenants).int64_array(tagged_rows).text_array(tags);
  statements_.add_prepared(insert_rows, std::move(params));
  statements_.add_prepared(remove_erased, pq::Params().uuid_array(ids));
}

Insert::Row* Insert::find(const ContentId& id) {
  const auto found = std::ranges::lower_bound(rows_, id, {}, &Row::id);
  return found != rows_.end() && found->id == id ? &*found : nullptr;
}

bool Insert::settle(const pq::PipelineResults& results) {
  const pq::Result& inserted = results.at(rows_result);
  for (std::size_t i = 0; i < inserted.rows(); ++i) {
    if (Row* row = find(ContentId::from_bytes(inserted.uuid(i, 0)))) row->settled = true;
  }
  const pq::Result& erased = results.at(erased_result);
  for (std::size_t i = 0; i < erased.rows(); ++i) {
    if (Row* row = find(ContentId::from_bytes(erased.uuid(i, 0)))) {
      row->status = InsertStatus::erased;
    }
  }
  return std::ranges::all_of(rows_, &Row::settled);
}

pq::Pipeline Insert::ask_why() const {
  std::vector<pq::Uuid> ids;
  std::vector<std::span<const std::byte>> hashes;
  for (const Row& row : rows_) {
    if (row.settled) continue;
    ids.push_back(row.id.bytes());
    hashes.push_back(bytes_of(row.hash));
  }
  return std::move(
      pq::Pipeline().add_prepared(why, pq::Params().uuid_array(ids).bytea_array(hashes)));
}

void Insert::settle_rest(const pq::PipelineResults& results) {
  const pq::Result& reasons = results.at(0);
  for (std::size_t i = 0; i < reasons.rows(); ++i) {
    Row* row = find(ContentId::from_bytes(reasons.uuid(i, 0)));
    if (row == nullptr) continue;
    row->settled = true;
    if (reasons.boolean(i, 1)) {
      row->status = InsertStatus::erased;
    } else if (reasons.boolean(i, 2)) {
      row->status = reasons.boolean(i, 3) ? InsertStatus::duplicate : InsertStatus::conflict;
    } else {
      // Neither there nor erased: the join with users left it out.
      row->status = InsertStatus::unknown_user;
    }
  }
}

std::vector<InsertStatus> Insert::statuses() const {
  std::vector<InsertStatus> statuses(count_, InsertStatus::conflict);
  for (const Row& row : rows_) statuses[row.position] = row.status;
  return statuses;
}

}  // namespace polystore::adapters::postgres
