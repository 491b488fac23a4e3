#include "adapters/memory/responses.hpp"

#include <algorithm>
#include <array>
#include <mutex>

namespace polystore::adapters::memory {
namespace {

// The key of an entry's value or lease, on the stack.
class Key {
 public:
  Key(char kind, const ports::EntryKey& key) {
    bytes_[0] = kind;
    std::ranges::transform(key, bytes_.begin() + 1,
                           [](std::uint8_t byte) { return static_cast<char>(byte); });
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, std::tuple_size_v<ports::EntryKey> + 1> bytes_;
};

Key value_key(const ports::EntryKey& key) { return {Memory::response, key}; }
Key lease_key(const ports::EntryKey& key) { return {Memory::lease, key}; }

std::string_view view_of(const ports::LeaseToken& token) {
  return {reinterpret_cast<const char*>(token.data()), token.size()};
}

std::chrono::milliseconds until(Deadline::Clock::time_point end, Deadline::Clock::time_point now) {
  return std::chrono::ceil<std::chrono::milliseconds>(end - now);
}

// Entries that a scan looks at without letting others in between.
constexpr std::size_t scan_step = 64;

}  // namespace

void MemoryResponses::start(const std::string& /*store_id*/, ports::ResponseListener& listener) {
  const std::lock_guard lock(memory_->mutex);
  if (open_) memory_->listener = &listener;
}

Deadline::Clock::time_point MemoryResponses::copies_valid_until() const noexcept {
  return open_ ? Clock::time_point::max() : Clock::time_point();
}

ports::ResponseLookup MemoryResponses::look_up(const ports::EntryKey& key, Deadline /*deadline*/) {
  const std::lock_guard lock(memory_->mutex);
  require_open();
  ports::ResponseLookup result{.epoch = memory_->epoch};
  const auto time = now();
  if (const auto* const entry = memory_->entries.find(value_key(key).view(), time)) {
    result.stored = {.envelope = entry->value, .remaining = until(entry->end, time)};
  }
  return result;
}

ports::LeaseResult MemoryResponses::acquire(const ports::EntryKey& key,
                                            const ports::LeaseToken& token,
                                            std::chrono::milliseconds ttl, Deadline /*deadline*/) {
  const Key lease = lease_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  const auto time = now();
  const auto* const held = memory_->entries.peek(lease.view(), time);
  if (held != nullptr && held->value != view_of(token)) {
    return {.acquired = false, .remaining = until(held->end, time)};
  }
  memory_->entries.put(lease.view(), view_of(token), time + ttl);
  return {.acquired = true, .remaining = ttl};
}

bool MemoryResponses::holds(std::string_view lease, const ports::LeaseToken& token) const {
  const auto* const held = memory_->entries.peek(lease, now());
  return held != nullptr && held->value == view_of(token);
}

bool MemoryResponses::renew(const ports::EntryKey& key, const ports::LeaseToken& token,
                            std::chrono::milliseconds ttl, Deadline /*deadline*/) {
  const Key lease = lease_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  if (!holds(lease.view(), token)) return false;
  memory_->entries.put(lease.view(), view_of(token), now() + ttl);
  return true;
}

bool MemoryResponses::publish(const ports::EntryKey& key, const ports::LeaseToken& token,
                              const ports::StoredResponse& response, Deadline /*deadline*/) {
  const std::lock_guard lock(memory_->mutex);
  require_open();
  if (!holds(lease_key(key).view(), token)) return false;
  put(key, response);
  return true;
}

void MemoryResponses::release(const ports::EntryKey& key, const ports::LeaseToken& token,
                              Deadline /*deadline*/) {
  const Key lease = lease_key(key);
  const std::lock_guard lock(memory_->mutex);
  require_open();
  if (holds(lease.view(), token)) memory_->entries.erase(lease.view(), now());
}

void MemoryResponses::store(const ports::EntryKey& key, const ports::StoredResponse& response,
                            Deadline /*deadline*/) {
  const std::lock_guard lock(memory_->mutex);
  require_open();
  put(key, response);
}

void MemoryResponses::put(const ports::EntryKey& key, const ports::StoredResponse& response) {
  memory_->entries.put(value_key(key).view(), response.envelope, now() + response.remaining);
  memory_->entries.erase(lease_key(key).view(), now());
  if (memory_->listener != nullptr) memory_->listener->response_changed(key);
}

bool MemoryResponses::remove(const ports::EntryKey& key, Deadline /*deadline*/) {
  const std::lock_guard lock(memory_->mutex);
  require_open();
  memory_->entries.erase(lease_key(key).view(), now());
  const bool there = memory_->entries.erase(value_key(key).view(), now());
  if (memory_->listener != nullptr) memory_->listener->response_changed(key);
  return there;
}

void MemoryResponses::advance_epoch(std::int64_t epoch, Deadline /*deadline*/) {
  const std::lock_guard lock(memory_->mutex);
  require_open();
  if (memory_->epoch && *memory_->epoch >= epoch) return;
  memory_->epoch = epoch;
  if (memory_->listener != nullptr) memory_->listener->epoch_changed();
}

bool MemoryResponses::scan(std::size_t head_bytes, const Visitor& visit, Deadline deadline) {
  const auto found = keys();
  for (std::size_t begin = 0; begin < found.size(); begin += scan_step) {
    if (begin > 0 && deadline.expired()) return false;
    for (const auto& head : heads(found, begin, head_bytes)) {
      if (!visit(head)) return true;
    }
  }
  return true;
}

std::vector<std::string> MemoryResponses::keys() const {
  std::vector<std::string> keys;
  const std::lock_guard lock(memory_->mutex);
  require_open();
  memory_->entries.each_key(Memory::response,
                            [&](std::string_view key) { keys.emplace_back(key); });
  return keys;
}

std::vector<std::string> MemoryResponses::heads(const std::vector<std::string>& keys,
                                                std::size_t begin, std::size_t head_bytes) const {
  std::vector<std::string> heads;
  const std::lock_guard lock(memory_->mutex);
  require_open();
  for (std::size_t i = begin; i < std::min(begin + scan_step, keys.size()); ++i) {
    const auto* const entry = memory_->entries.peek(keys[i], now());
    if (entry != nullptr) heads.push_back(entry->value.substr(0, head_bytes));
  }
  return heads;
}

void MemoryResponses::close() noexcept {
  const std::lock_guard lock(memory_->mutex);
  open_ = false;
  memory_->listener = nullptr;
  memory_->entries.erase_all(Memory::response);
  memory_->entries.erase_all(Memory::lease);
}

}  // namespace polystore::adapters::memory
