#include "adapters/sqlite/metadata.hpp"

#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/transaction.hpp"

namespace polystore::adapters::sqlite {

void SqliteMetadata::migrate(Deadline deadline) {
  database_->migrate("metadata", metadata_steps, deadline);
}

std::vector<HealthCheck> SqliteMetadata::check(Deadline deadline) {
  return database_->check("metadata", metadata_steps.size(), true, deadline);
}

std::unique_ptr<ports::MetadataTransaction> SqliteMetadata::begin(Deadline deadline) {
  return std::make_unique<SqliteTransaction>(database_, colocated_, deadline);
}

std::vector<std::optional<ports::RowState>> SqliteMetadata::read_states(
    std::span<const ContentId> ids, Deadline deadline) {
  std::vector<std::optional<ports::RowState>> states(ids.size());
  const auto lease = database_->reader(deadline);
  // One statement reads row and outbox in one snapshot; ids need not share one.
  auto statement = lease->prepare(
      "SELECT c.version, (SELECT o.body FROM polystore_outbox o WHERE o.id = c.id AND "
      "o.version = c.version AND o.operation = 0 ORDER BY o.sequence DESC LIMIT 1) "
      "FROM ai_generated_content c WHERE c.id = ?",
      deadline);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    statement.reset();
    statement.bind(ids[i].bytes());
    if (!statement.step()) continue;
    states[i] = ports::RowState{.version = statement.integer(0)};
    if (!statement.is_null(1)) {
      const auto body = statement.bytes(1);
      states[i]->pending.emplace(body.begin(), body.end());
    }
  }
  return states;
}

bool SqliteMetadata::ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  lease->prepare("INSERT INTO users (id, name) VALUES (?, ?) ON CONFLICT (id) DO NOTHING", deadline)
      .bind(user_id)
      .bind(name)
      .run();
  return lease->changes() > 0;
}

bool SqliteMetadata::rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  lease->prepare("UPDATE users SET name = ? WHERE id = ?", deadline).bind(name).bind(user_id).run();
  return lease->changes() > 0;
}

std::optional<ports::UserRecord> SqliteMetadata::find_user(std::int64_t user_id,
                                                           Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto user = lease->prepare("SELECT name, created_at FROM users WHERE id = ?", deadline);
  user.bind(user_id);
  if (!user.step()) return std::nullopt;
  return ports::UserRecord{.name = user.text(0),
                           .created_at = Timestamp(std::chrono::milliseconds(user.integer(1)))};
}

void SqliteMetadata::close() noexcept { database_->close(); }

}  // namespace polystore::adapters::sqlite
