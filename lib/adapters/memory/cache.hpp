#pragma once

#include "adapters/memory/memory.hpp"
#include "ports/cache_port.hpp"

#include <memory>
#include <utility>

namespace polystore::adapters::memory {

class MemoryCache : public ports::CachePort {
 public:
  explicit MemoryCache(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
           Deadline deadline) override;
  std::optional<std::string> get(std::string_view key, Deadline deadline) override;
  bool erase(std::string_view key, Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override;

 private:
  // Needs the memory's mutex.
  void require_open() const {
    if (closed_) throw_closed();
  }

  const std::shared_ptr<Memory> memory_;
  bool closed_ = false;  // guarded by the memory's mutex
};

}  // namespace polystore::adapters::memory
