#pragma once

#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/outputs.hpp"
#include "ports/metadata_port.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace polystore::adapters::sqlite {

/// MetadataTransaction on the file's one writer. SQLite has nothing to wait for but locks, so
/// start_insert does the work and finish_insert hands over its result.
class SqliteTransaction : public ports::MetadataTransaction {
 public:
  /// `colocated`: the same file keeps the outputs.
  SqliteTransaction(std::shared_ptr<Database> database, bool colocated, Deadline deadline);

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
  void commit(Deadline deadline) override;
  ports::OutputWriter* colocated_outputs() noexcept override {
    return open_ && open_->outputs ? &*open_->outputs : nullptr;
  }

 private:
  // What is held until the end, in the order it is made.
  struct Open {
    Open(Database& database, Deadline deadline)
        : connection(database.writer(deadline)), transaction(*connection, deadline) {}

    ConnectionPool::Lease connection;
    polystore::sqlite::Transaction transaction;
    std::optional<ColocatedOutputs> outputs{};
  };

  // Errors: internal after the end.
  Connection& connection();
  ports::InsertStatus insert(const ports::NewRow& row, Deadline deadline);
  std::optional<ports::InsertStatus> obstacle(const ports::NewRow& row, Deadline deadline);
  bool change_row(const ports::RowUpdate& row, Deadline deadline);
  ports::UpdateResult why_unchanged(const ports::RowUpdate& row, Deadline deadline);
  void add_tags(const Metadata& metadata, Deadline deadline);
  void add_words(const Metadata& metadata, std::span<const std::string> words, Deadline deadline);
  std::int64_t model_id_of(const std::string& model, Deadline deadline);
  std::int64_t name_id(const char* insert_sql, const char* select_sql, std::string_view name,
                       Deadline deadline);

  std::shared_ptr<Database> database_;
  std::optional<Open> open_;
  std::vector<ports::InsertStatus> statuses_;
};

}  // namespace polystore::adapters::sqlite
