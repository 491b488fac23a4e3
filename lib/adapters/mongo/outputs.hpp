#pragma once

#include "polystore/mongo/options.hpp"
#include "polystore/mongo/pool.hpp"

#include "adapters/mongo/bodies.hpp"
#include "adapters/mongo/write_batch.hpp"
#include "ports/output_port.hpp"
#include "support/output_breaker.hpp"

#include <atomic>
#include <string>
#include <utility>

namespace polystore::adapters::mongo {

/// OutputPort on one MongoDB database.
class MongoOutputs : public ports::OutputPort, private ports::TextPort {
 public:
  /// `text_search`: with an index of words (text_index.hpp).
  MongoOutputs(const polystore::mongo::ConnectOptions& options, bool text_search)
      : database_(options.database),
        text_search_(text_search),
        marks_large_(text_search),
        pool_(polystore::mongo::make_pool(options)) {}

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
  using SendBatch = std::optional<Error> (*)(const RunCommand& run, const Batch& batch,
                                             Deadline deadline);

  std::vector<ports::OutputOutcome> send(std::span<const ports::OutputDocument> documents,
                                         SendBatch send_batch, Deadline deadline);
  Bson run(Bson command, Deadline deadline);
  std::vector<ports::FoundText> search(const ports::TextSearch& search, Deadline deadline) override;
  void make_text_index(Deadline deadline);
  void run_write(Bson command, Deadline deadline);
  void release_cursor(std::int64_t cursor, Deadline deadline);

  const std::string database_;
  const bool text_search_;
  std::atomic<bool> marks_large_;  // whether there is an index of words, as far as is known
  polystore::mongo::ClientPool pool_;
  support::OutputBreaker breaker_{Backend::mongo};
  MongoBodies bodies_{
      [this](Bson command, Deadline deadline) { return run(std::move(command), deadline); },
      breaker_};
};

}  // namespace polystore::adapters::mongo
