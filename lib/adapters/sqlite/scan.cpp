// The ScanPort part of SqliteMetadata; scan_rows and count_rows are beside find.
#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/now.hpp"
#include "adapters/sqlite/read_id.hpp"

namespace polystore::adapters::sqlite {

ports::MetadataIdentity SqliteMetadata::identity(Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare("SELECT store_id FROM polystore_identity", deadline);
  statement.step();
  return {.store_id = statement.text(0),
          .now = Timestamp(std::chrono::milliseconds(now_milliseconds()))};
}

std::vector<ContentId> SqliteMetadata::scan_tombstones(const ContentId& after, std::size_t limit,
                                                       Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(
      "SELECT id FROM polystore_tombstones WHERE id > ? ORDER BY id LIMIT ?", deadline);
  statement.bind(after.bytes()).bind(static_cast<std::int64_t>(limit));
  std::vector<ContentId> ids;
  while (statement.step()) ids.push_back(read_id(statement, 0));
  return ids;
}

std::vector<ports::IdFacts> SqliteMetadata::look_up(std::span<const ContentId> ids,
                                                    Deadline deadline) {
  const auto lease = database_->reader(deadline);
  // One statement per id: the facts of one id are of one moment, and ids need not share one.
  auto statement = lease->prepare(
      "SELECT c.version, "
      "EXISTS (SELECT 1 FROM polystore_tombstones t WHERE t.id = given.id), "
      "EXISTS (SELECT 1 FROM polystore_outbox o WHERE o.id = given.id AND o.operation = 0 AND "
      "(c.version IS NULL OR o.version = c.version)), "
      "EXISTS (SELECT 1 FROM polystore_outbox o WHERE o.id = given.id AND o.operation = 1) "
      "FROM (SELECT ? AS id) AS given LEFT JOIN ai_generated_content c ON c.id = given.id",
      deadline);
  std::vector<ports::IdFacts> found;
  for (const auto& id : ids) {
    statement.reset();
    statement.bind(id.bytes());
    statement.step();
    auto& item = found.emplace_back();
    if (!statement.is_null(0)) item.version = statement.integer(0);
    item.buried = statement.integer(1) != 0;
    item.write_queued = statement.integer(2) != 0;
    item.erase_queued = statement.integer(3) != 0;
  }
  return found;
}

// The file has one writer: what has no row gets none before this transaction ends.
std::vector<bool> SqliteMetadata::bury_unowned(std::span<const ContentId> ids, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  std::vector<bool> without_row;
  for (const auto& id : ids) {
    auto row = lease->prepare("SELECT 1 FROM ai_generated_content WHERE id = ?", deadline);
    row.bind(id.bytes());
    without_row.push_back(!row.step());
    if (!without_row.back()) continue;
    lease->prepare("INSERT OR IGNORE INTO polystore_tombstones (id) VALUES (?)", deadline)
        .bind(id.bytes())
        .run();
  }
  transaction.commit(deadline);
  return without_row;
}

}  // namespace polystore::adapters::sqlite
