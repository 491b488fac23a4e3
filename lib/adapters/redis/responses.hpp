#pragma once

#include "adapters/redis/keys.hpp"
#include "adapters/redis/scripts.hpp"
#include "adapters/redis/server.hpp"
#include "adapters/redis/tracker.hpp"
#include "ports/response_port.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::adapters::redis {

/// Stored responses in Redis: each value, and each lease, under a key of its own.
class RedisResponses : public ports::ResponsePort {
 public:
  RedisResponses(std::shared_ptr<Server> server, std::chrono::milliseconds near_lease)
      : server_(std::move(server)), tracker_(server_, near_lease) {}

  void start(const std::string& store_id, ports::ResponseListener& listener) override;
  [[nodiscard]] bool spans_processes() const noexcept override { return true; }
  [[nodiscard]] Clock::time_point copies_valid_until() const noexcept override {
    return tracker_.valid_until();
  }
  ports::ResponseLookup look_up(const ports::EntryKey& key, Deadline deadline) override;
  ports::LeaseResult acquire(const ports::EntryKey& key, const ports::LeaseToken& token,
                             std::chrono::milliseconds ttl, Deadline deadline) override;
  bool renew(const ports::EntryKey& key, const ports::LeaseToken& token,
             std::chrono::milliseconds ttl, Deadline deadline) override;
  bool publish(const ports::EntryKey& key, const ports::LeaseToken& token,
               const ports::StoredResponse& response, Deadline deadline) override;
  bool append_chunks(const ports::EntryKey& key, const ports::LeaseToken& token, std::size_t first,
                     std::span<const std::string> chunks, Deadline deadline) override;
  std::vector<std::string> read_chunks(const ports::LeaseToken& holder, std::size_t first,
                                       Deadline deadline) override;
  void release(const ports::EntryKey& key, const ports::LeaseToken& token,
               Deadline deadline) override;
  void store(const ports::EntryKey& key, const ports::StoredResponse& response,
             Deadline deadline) override;
  bool remove(const ports::EntryKey& key, Deadline deadline) override;
  void advance_epoch(std::int64_t epoch, Deadline deadline) override;
  bool scan(std::size_t head_bytes, const Visitor& visit, Deadline deadline) override;
  void close() noexcept override;

 private:
  const std::shared_ptr<Server> server_;
  Keys keys_{""};  // set by start
  Scripts scripts_;
  Tracker tracker_;
  std::atomic<std::uint64_t> told_{0};  // the last of the servers that was told an epoch
};

}  // namespace polystore::adapters::redis
