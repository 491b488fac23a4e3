#pragma once

#include "adapters/sqlite/database.hpp"
#include "ports/vector_port.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::adapters::sqlite {

/// VectorPort on one SQLite file. Other processes' changes are looked for in the file ten times a
/// second while somebody waits for them.
class SqliteVectors : public ports::VectorPort {
 public:
  /// `colocated`: the same file keeps the metadata. The log keeps as many changes as there are
  /// vectors, and at least `least_log`.
  SqliteVectors(std::shared_ptr<Database> database, bool colocated, std::size_t least_log) noexcept
      : database_(std::move(database)), colocated_(colocated), least_log_(least_log) {}

  Space ensure_space(const VectorSpace& space, Deadline deadline) override;
  std::optional<VectorSpace> find_space(const std::string& name, Deadline deadline) override;
  std::vector<std::int64_t> put(const VectorSpace& space,
                                std::span<const ports::VectorEntry> entries,
                                Deadline deadline) override;
  std::optional<ports::StoredVector> get(const std::string& key, Deadline deadline) override;
  std::optional<std::int64_t> erase(const std::string& key, Deadline deadline) override;
  void put_ordered(const VectorSpace& space, std::span<const ports::OrderedEntry> entries,
                   Deadline deadline) override;
  void forget(std::span<const std::string> keys, Deadline deadline) override;
  ports::VectorPosition last_position(Deadline deadline) override;
  ports::VectorChanges changes(const ports::VectorLogRead& read, Deadline deadline) override;
  ports::VectorScan scan(const std::string& from, Deadline deadline) override;
  void migrate(Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override { database_->close(); }

 private:
  ports::VectorChanges read_changes(const ports::VectorLogRead& read, Deadline deadline);

  std::shared_ptr<Database> database_;
  bool colocated_;
  const std::size_t least_log_;
};

}  // namespace polystore::adapters::sqlite
