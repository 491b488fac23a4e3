#pragma once

#include "adapters/memory/memory.hpp"
#include "ports/response_port.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::adapters::memory {

/// Stored responses of one process. Leases count as entries: a full memory may drop one before its
/// time.
class MemoryResponses : public ports::ResponsePort {
 public:
  explicit MemoryResponses(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}

  void start(const std::string& store_id, ports::ResponseListener& listener) override;
  [[nodiscard]] bool spans_processes() const noexcept override { return false; }
  [[nodiscard]] Clock::time_point copies_valid_until() const noexcept override;
  ports::ResponseLookup look_up(const ports::EntryKey& key, Deadline deadline) override;
  ports::LeaseResult acquire(const ports::EntryKey& key, const ports::LeaseToken& token,
                             std::chrono::milliseconds ttl, Deadline deadline) override;
  bool renew(const ports::EntryKey& key, const ports::LeaseToken& token,
             std::chrono::milliseconds ttl, Deadline deadline) override;
  bool publish(const ports::EntryKey& key, const ports::LeaseToken& token,
               const ports::StoredResponse& response, Deadline deadline) override;
  void release(const ports::EntryKey& key, const ports::LeaseToken& token,
               Deadline deadline) override;
  void store(const ports::EntryKey& key, const ports::StoredResponse& response,
             Deadline deadline) override;
  bool remove(const ports::EntryKey& key, Deadline deadline) override;
  void advance_epoch(std::int64_t epoch, Deadline deadline) override;
  bool scan(std::size_t head_bytes, const Visitor& visit, Deadline deadline) override;
  void close() noexcept override;

 private:
  // These need the memory's mutex.
  void require_open() const {
    if (!open_) throw_closed();
  }
  [[nodiscard]] bool holds(std::string_view lease, const ports::LeaseToken& token) const;
  void put(const ports::EntryKey& key, const ports::StoredResponse& response);
  [[nodiscard]] Clock::time_point now() const { return memory_->clock->steady_now(); }

  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] std::vector<std::string> heads(const std::vector<std::string>& keys,
                                               std::size_t begin, std::size_t head_bytes) const;

  const std::shared_ptr<Memory> memory_;
  std::atomic<bool> open_{true};  // changed with the memory's mutex held
};

}  // namespace polystore::adapters::memory
