#include "read/scope_table.hpp"

#include <utility>

namespace polystore::read {

void ScopeTable::raise(std::uint64_t scope, std::int64_t epoch) {
  if (kept_.empty() || 2 * (used_ + 1) > kept_.back()->all().size()) grow();
  Slot& slot = kept_.back()->at(scope);
  const std::int64_t before = slot.epoch.load(std::memory_order_relaxed);
  if (before >= epoch) return;
  if (before == 0) {
    slot.scope.store(scope, std::memory_order_release);
    ++used_;
  }
  slot.epoch.store(epoch, std::memory_order_release);
  slots_.store(kept_.back().get(), std::memory_order_release);
}

// In place: nobody knows when the last reader has left what it reads.
void ScopeTable::forget(std::int64_t up_to, std::uint64_t but) {
  if (kept_.empty()) return;
  Slots& slots = *kept_.back();
  std::vector<std::pair<std::uint64_t, std::int64_t>> kept;
  for (const Slot& slot : slots.all()) {
    const std::int64_t epoch = slot.epoch.load(std::memory_order_relaxed);
    const std::uint64_t scope = slot.scope.load(std::memory_order_relaxed);
    if (epoch > up_to || (epoch != 0 && scope == but)) kept.emplace_back(scope, epoch);
  }
  if (kept.size() == used_) return;
  for (Slot& slot : slots.all()) slot.epoch.store(0, std::memory_order_release);
  used_ = 0;
  for (const auto& [scope, epoch] : kept) raise(scope, epoch);
}

void ScopeTable::grow() {
  auto larger = std::make_unique<Slots>(bits_);
  if (!kept_.empty()) {
    for (const Slot& slot : kept_.back()->all()) {
      const std::int64_t epoch = slot.epoch.load(std::memory_order_relaxed);
      if (epoch == 0) continue;
      const std::uint64_t scope = slot.scope.load(std::memory_order_relaxed);
      Slot& copy = larger->at(scope);
      copy.scope.store(scope, std::memory_order_relaxed);
      copy.epoch.store(epoch, std::memory_order_relaxed);
    }
  }
  kept_.push_back(std::move(larger));
  ++bits_;
}

}  // namespace polystore::read
