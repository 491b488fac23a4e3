#pragma once

#include "polystore/postgres/pool.hpp"
#include "polystore/postgres/transaction.hpp"

#include "adapters/postgres/bodies.hpp"
#include "adapters/postgres/output_batch.hpp"
#include "ports/output_port.hpp"
#include "support/output_breaker.hpp"

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::adapters::postgres {

/// Writes outputs in a transaction on the metadata of the same database. Any failure loses the
/// transaction. Threads: one at a time.
class ColocatedOutputs final : public ports::OutputWriter {
 public:
  /// `transaction` must outlive this object.
  explicit ColocatedOutputs(pq::Transaction& transaction) noexcept : transaction_(transaction) {}

  std::vector<ports::OutputOutcome> write(std::span<const ports::OutputDocument> documents,
                                          Deadline deadline) override;
  void erase(std::span<const ContentId> ids, Deadline deadline) override;
  std::vector<ports::ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                  Deadline deadline) override;

 private:
  pq::Transaction& transaction_;
};

/// OutputPort on one PostgreSQL database (outputs_schema.cpp has its tables). A migrate that
/// failed, because the server was away, is done by the first call that reaches the server.
class PostgresOutputs final : public ports::OutputPort, private ports::TextPort {
 public:
  /// `colocated`: the same database keeps the metadata.
  /// `text_search`: with an index of words (text_index.hpp).
  PostgresOutputs(pq::ConnectOptions options, bool colocated, bool text_search)
      : colocated_(colocated),
        text_search_(text_search),
        pool_size_(options.pool_size),
        pool_(pq::make_pool(std::move(options))) {}

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
  ports::TextPort* texts() noexcept override { return text_search_ ? this : nullptr; }
  void migrate(Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override { pool_.close(); }

 private:
  std::vector<ports::FoundText> search(const ports::TextSearch& search, Deadline deadline) override;
  void store(std::span<const ports::OutputDocument> documents,
             std::span<ports::OutputOutcome> outcomes, IfPresent if_present, Deadline deadline);
  void store_batch(const OutputBatch& batch, std::span<const ports::OutputDocument> documents,
                   std::span<ports::OutputOutcome> outcomes, IfPresent if_present,
                   Deadline deadline);

  pq::ConnectionPool::Lease connect(Deadline deadline);
  pq::ConnectionPool& ready(Deadline deadline);

  const bool colocated_;
  const bool text_search_;
  const std::size_t pool_size_;
  pq::ConnectionPool pool_;
  std::atomic<bool> tables_owed_{false};
  support::OutputBreaker breaker_{Backend::postgres};
  PostgresBodies bodies_{
      [this](Deadline deadline) -> pq::ConnectionPool& { return ready(deadline); }, breaker_};
};

}  // namespace polystore::adapters::postgres
