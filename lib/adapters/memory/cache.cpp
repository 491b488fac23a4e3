#include "adapters/memory/cache.hpp"

#include "values/health_list.hpp"

#include <mutex>
#include <string>

namespace polystore::adapters::memory {
namespace {

std::string stored_key(std::string_view key) { return Memory::plain + std::string(key); }

}  // namespace

void MemoryCache::set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
                      Deadline /*deadline*/) {
  const std::string stored = stored_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  memory_->entries.put(stored, value, memory_->clock->steady_now() + ttl);
}

std::optional<std::string> MemoryCache::get(std::string_view key, Deadline /*deadline*/) {
  const std::string stored = stored_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  const auto* const entry = memory_->entries.find(stored, memory_->clock->steady_now());
  if (entry == nullptr) return std::nullopt;
  return entry->value;
}

bool MemoryCache::erase(std::string_view key, Deadline /*deadline*/) {
  const std::string stored = stored_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  return memory_->entries.erase(stored, memory_->clock->steady_now());
}

std::vector<HealthCheck> MemoryCache::check(Deadline /*deadline*/) {
  values::HealthList list;
  list.look("connection", [&] {
    const std::lock_guard lock(memory_->mutex);
    require_open();
    list.ok("connection", "kept in the memory of each process");
  });
  return list.take();
}

void MemoryCache::close() noexcept {
  const std::lock_guard lock(memory_->mutex);
  closed_ = true;
  memory_->entries.erase_all(Memory::plain);
}

}  // namespace polystore::adapters::memory
