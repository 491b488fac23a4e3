#pragma once

#include "adapters/mysql/insert.hpp"
#include "adapters/mysql/sql.hpp"
#include "ports/metadata_port.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::adapters::mysql {

class MetadataTransaction final : public ports::MetadataTransaction {
 public:
  explicit MetadataTransaction(my::ConnectionPool::Lease connection)
      : connection_(std::move(connection)), transaction_(*connection_) {}

  /// The first call: what came before would be lost where finish_insert begins anew.
  void start_insert(std::span<const ports::NewRow> rows, Deadline deadline) override;
  std::vector<ports::InsertStatus> finish_insert(Deadline deadline) override;
  ports::UpdateResult update(const ports::RowUpdate& row, Deadline deadline) override;
  std::vector<bool> erase(std::span<const ContentId> ids, Deadline deadline) override;
  ports::ErasedOfUser erase_user(std::int64_t user_id, std::size_t limit,
                                 Deadline deadline) override;
  ports::ErasedRows erase_matching(const ports::RowFilter& filter, std::size_t limit,
                                   Deadline deadline) override;
  std::vector<std::int64_t> enqueue(std::span<const ports::OutboxEntry> entries,
                                    Deadline deadline) override;
  std::int64_t invalidate_scope(const Scope& scope, Deadline deadline) override;
  ports::OutboxStats outbox_stats(Deadline deadline) override;
  void commit(Deadline deadline) override { transaction_.commit(deadline); }

 private:
  /// Takes in what the insert's statements gave: rows that were erased meanwhile go again.
  void settle_insert(const my::ScriptResults& results, Deadline deadline);
  /// Leaves tombstones for ids, sorted, and removes their rows and entries. The ids that had a row.
  std::vector<ContentId> bury_and_remove(my::Script script, std::span<const my::Uuid> ids,
                                         Deadline deadline);
  /// The same for those of the ids whose rows have the model.
  std::vector<ContentId> remove_of_model(const std::string& model, std::span<const my::Uuid> ids,
                                         Deadline deadline);

  my::ConnectionPool::Lease connection_;
  my::Transaction transaction_;  // after connection_: rolls back before that is given back
  std::optional<Insert> insert_;
};

}  // namespace polystore::adapters::mysql
