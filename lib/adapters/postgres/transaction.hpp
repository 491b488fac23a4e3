#pragma once

#include "adapters/postgres/insert.hpp"
#include "adapters/postgres/outputs.hpp"
#include "adapters/postgres/sql.hpp"
#include "ports/metadata_port.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace polystore::adapters::postgres {

class MetadataTransaction final : public ports::MetadataTransaction {
 public:
  /// With `colocated` the outputs are in the same database.
  MetadataTransaction(pq::ConnectionPool::Lease connection, bool colocated)
      : connection_(std::move(connection)), transaction_(*connection_) {
    if (colocated) outputs_.emplace(transaction_);
  }

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
  ports::OutputWriter* colocated_outputs() noexcept override {
    return outputs_ ? &*outputs_ : nullptr;
  }

 private:
  pq::ConnectionPool::Lease connection_;
  pq::Transaction transaction_;  // after connection_: rolls back before that is given back
  std::optional<ColocatedOutputs> outputs_;
  std::optional<Insert> insert_;
};

}  // namespace polystore::adapters::postgres
