#pragma once

#include "adapters/sqlite/bodies.hpp"
#include "adapters/sqlite/database.hpp"
#include "ports/output_port.hpp"

#include <memory>
#include <string>
#include <utility>

namespace polystore::adapters::sqlite {

/// Writes outputs on a connection whose transaction somebody else holds.
class ColocatedOutputs : public ports::OutputWriter {
 public:
  /// `text_search`: as of Database.
  ColocatedOutputs(Connection& connection, bool text_search) noexcept
      : connection_(connection), text_search_(text_search) {}

  std::vector<ports::OutputOutcome> write(std::span<const ports::OutputDocument> documents,
                                          Deadline deadline) override;
  void erase(std::span<const ContentId> ids, Deadline deadline) override;
  std::vector<ports::ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                  Deadline deadline) override;

  /// As OutputPort::insert.
  std::vector<ports::OutputOutcome> insert(std::span<const ports::OutputDocument> documents,
                                           Deadline deadline);

 private:
  std::vector<ports::OutputOutcome> store(const char* sql, ports::OutputStatus if_unchanged,
                                          std::span<const ports::OutputDocument> documents,
                                          Deadline deadline);

  Connection& connection_;
  bool text_search_;
};

/// OutputPort on one SQLite file.
class SqliteOutputs : public ports::OutputPort, private ports::TextPort {
 public:
  /// `colocated`: the same file keeps the metadata.
  SqliteOutputs(std::shared_ptr<Database> database, bool colocated) noexcept
      : database_(std::move(database)), colocated_(colocated), bodies_(*database_) {}

  std::vector<ports::OutputOutcome> write(std::span<const ports::OutputDocument> documents,
                                          Deadline deadline) override;
  std::vector<ports::OutputOutcome> insert(std::span<const ports::OutputDocument> documents,
                                           Deadline deadline) override;
  void erase(std::span<const ContentId> ids, Deadline deadline) override;
  std::vector<ports::ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                  Deadline deadline) override;
  std::vector<std::optional<ports::StoredOutput>> read(std::span<const ContentId> ids,
                                                       Deadline deadline) override;
  std::vector<ports::ScannedOutput> scan(const ports::OutputScan& scan, Deadline deadline) override;
  std::uint64_t count(Deadline deadline) override;
  ports::BodyPort& bodies() noexcept override { return bodies_; }
  std::string claim_for(const std::string& store_id, Deadline deadline) override;
  ports::TextPort* texts() noexcept override { return database_->text_search() ? this : nullptr; }
  void migrate(Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override;

 private:
  std::vector<ports::FoundText> search(const ports::TextSearch& search, Deadline deadline) override;

  using Store = std::vector<ports::OutputOutcome> (ColocatedOutputs::*)(
      std::span<const ports::OutputDocument> documents, Deadline deadline);

  std::vector<ports::OutputOutcome> in_transaction(Store store,
                                                   std::span<const ports::OutputDocument> documents,
                                                   Deadline deadline);

  std::shared_ptr<Database> database_;
  bool colocated_;
  SqliteBodies bodies_;
};

}  // namespace polystore::adapters::sqlite
