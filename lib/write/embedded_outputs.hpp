#pragma once

#include "ports/output_port.hpp"
#include "ports/vector_port.hpp"
#include "support/breaker.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::write {

/// The outputs, and the vectors of those that have an embedding: a write is acknowledged when both
/// stores have it, and an erase is done when both have, and the bodies are gone, too. So the outbox
/// sees to all. An insert, which comes before the commit, leaves vectors alone. Threads: any. The
/// ports must outlive it.
class EmbeddedOutputs : public ports::OutputPort {
 public:
  /// `vectors`: null where a store was put together without.
  EmbeddedOutputs(ports::OutputPort& outputs, ports::VectorPort* vectors) noexcept
      : outputs_(outputs), vectors_(vectors) {}

  std::vector<ports::OutputOutcome> write(std::span<const ports::OutputDocument> documents,
                                          Deadline deadline) override;
  void erase(std::span<const ContentId> ids, Deadline deadline) override;

  std::vector<ports::ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                  Deadline deadline) override {
    return outputs_.find_attached(ids, deadline);
  }
  std::vector<ports::OutputOutcome> insert(std::span<const ports::OutputDocument> documents,
                                           Deadline deadline) override {
    return outputs_.insert(documents, deadline);
  }
  std::vector<std::optional<ports::StoredOutput>> read(std::span<const ContentId> ids,
                                                       Deadline deadline) override {
    return outputs_.read(ids, deadline);
  }
  std::vector<ports::ScannedOutput> scan(const ports::OutputScan& scan,
                                         Deadline deadline) override {
    return outputs_.scan(scan, deadline);
  }
  std::uint64_t count(Deadline deadline) override { return outputs_.count(deadline); }
  ports::BodyPort& bodies() noexcept override { return outputs_.bodies(); }
  std::string claim_for(const std::string& store_id, Deadline deadline) override {
    return outputs_.claim_for(store_id, deadline);
  }
  void migrate(Deadline deadline) override { outputs_.migrate(deadline); }
  std::vector<HealthCheck> check(Deadline deadline) override { return outputs_.check(deadline); }
  void close() noexcept override { outputs_.close(); }

 private:
  [[nodiscard]] ports::VectorPort& vectors() const;
  // What became of the vector of one document that the output store has.
  [[nodiscard]] ports::OutputOutcome deliver(const ports::OutputDocument& document,
                                             Deadline deadline);
  void put(const ports::OutputDocument& document, Deadline deadline);
  // Runs a call to the vector store, unless that failed a moment ago.
  template <class Call>
  void guarded(Call call);

  ports::OutputPort& outputs_;
  ports::VectorPort* const vectors_;
  support::Breaker breaker_{std::chrono::milliseconds(500)};
};

}  // namespace polystore::write
