#include "adapters/mysql/metadata_store.hpp"

#include "adapters/mysql/find.hpp"
#include "adapters/mysql/migrations.hpp"
#include "adapters/mysql/transaction.hpp"

#include <map>

namespace polystore::adapters::mysql {

void MetadataStore::migrate(Deadline deadline) {
  const auto connection = pool_.acquire(deadline);
  mysql::migrate(*connection, deadline);
}

std::unique_ptr<ports::MetadataTransaction> MetadataStore::begin(Deadline deadline) {
  return std::make_unique<MetadataTransaction>(pool_.acquire(deadline));
}

std::vector<std::optional<ports::RowState>> MetadataStore::read_states(
    std::span<const ContentId> ids, Deadline deadline) {
  if (ids.empty()) return {};
  // One statement is one snapshot. A dead entry counts: it is the only copy there is.
  my::Statement statement(
      "SELECT c.id, c.version, (SELECT o.body FROM polystore_outbox AS o WHERE o.id = c.id AND "
      "o.version = c.version AND o.operation = 'write' ORDER BY o.seq DESC LIMIT 1) "
      "FROM ai_generated_content AS c WHERE c.id IN ");
  statement.uuid_list(uuids_of(ids));
  const my::Result rows = run_one(pool_, std::move(statement), deadline, my::Phase::before_commit);
  std::map<ContentId, ports::RowState> states;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    auto& state = states[ContentId::from_bytes(rows.uuid(i, 0))];
    state.version = rows.int64(i, 1);
    if (rows.is_null(i, 2)) continue;
    const auto body = rows.bytes(i, 2);
    state.pending.emplace(body.begin(), body.end());
  }
  std::vector<std::optional<ports::RowState>> found;
  found.reserve(ids.size());
  for (const ContentId& id : ids) {
    const auto state = states.find(id);
    found.push_back(state == states.end() ? std::nullopt : std::optional(state->second));
  }
  return found;
}

std::vector<Metadata> MetadataStore::find(const ports::FindParams& asked, Deadline deadline) {
  const auto read = [&](my::Statement statement) {
    return run_one(pool_, std::move(statement), deadline, my::Phase::before_commit);
  };
  const ports::FindParams params = ports::with_one_bound(asked);
  const auto lists = ports::find_lists(params);
  const auto page = [&](const ports::FindList& list, std::size_t rows) {
    return read_metadata(read(find_statement(params, list, rows)));
  };
  const auto count = [&](std::size_t rows) {
    const my::Result counted = read(count_lists_statement(params, rows));
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < lists.size(); ++i) counts.push_back(counted.int64(0, i));
    return counts;
  };
  return ports::find_in_lists(params, lists, page, count);
}

// Not ON DUPLICATE KEY: that locks a user that is there, and waits for the puts under way.
bool MetadataStore::ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  my::Statement statement("INSERT INTO users (id, name) SELECT ");
  statement.int64(user_id).text(name).sql(
      " FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ");
  statement.int64(user_id).sql(")");
  try {
    return run_one(pool_, std::move(statement), deadline, my::Phase::commit_sent).affected_rows() ==
           1;
  } catch (const Error& error) {
    if (error.native_code() == "1062") return false;  // somebody else came first
    throw;
  }
}

bool MetadataStore::rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  my::Statement statement("UPDATE users SET name = ");
  statement.text(name).sql(" WHERE id = ");
  statement.int64(user_id);
  const bool changed =
      run_one(pool_, std::move(statement), deadline, my::Phase::commit_sent).affected_rows() == 1;
  return changed || find_user(user_id, deadline);  // the same name again changes no row
}

std::optional<ports::UserRecord> MetadataStore::find_user(std::int64_t user_id, Deadline deadline) {
  my::Statement statement(
      "SELECT name, TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', created_at) DIV "
      "1000 "
      "FROM users WHERE id = ");
  statement.int64(user_id);
  const my::Result user = run_one(pool_, std::move(statement), deadline, my::Phase::before_commit);
  if (user.rows() == 0) return std::nullopt;
  return ports::UserRecord{.name = std::string(user.text(0, 0)),
                           .created_at = Timestamp(std::chrono::milliseconds(user.int64(0, 1)))};
}

}  // namespace polystore::adapters::mysql
