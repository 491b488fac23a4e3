#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace polystore::read {

/// The last invalidation of each scope that has one, by the scope's hash: 32 to 128 bytes for each
/// of the most that there were at once.
/// Threads: find from any, without a lock, but what it finds during a forget is of no use; raise
/// and forget from one at a time.
class ScopeTable {
 public:
  ScopeTable() = default;
  ScopeTable(const ScopeTable&) = delete;
  ScopeTable& operator=(const ScopeTable&) = delete;
  ~ScopeTable() = default;

  /// Whether no scope has one.
  [[nodiscard]] bool empty() const noexcept {
    return slots_.load(std::memory_order_acquire) == nullptr;
  }

  /// A scope's; 0 when it has none.
  [[nodiscard]] std::int64_t find(std::uint64_t scope) const noexcept {
    const Slots* const slots = slots_.load(std::memory_order_acquire);
    if (slots == nullptr) return 0;
    // A slot that was empty when it was looked for may have become another scope's.
    const Slot& slot = slots->at(scope);
    const std::int64_t epoch = slot.epoch.load(std::memory_order_acquire);
    const bool is_its_own = epoch != 0 && slot.scope.load(std::memory_order_acquire) == scope;
    return is_its_own ? epoch : 0;
  }

  /// Makes `epoch`, above zero, a scope's, unless that has a higher one.
  void raise(std::uint64_t scope, std::int64_t epoch);

  /// Leaves the scopes `up_to` that number without one, except `but`. What is found after it, or
  /// not, was written before it ends.
  void forget(std::int64_t up_to, std::uint64_t but);

 private:
  // Empty while the epoch is 0, which is written last.
  struct Slot {
    std::atomic<std::uint64_t> scope{0};
    std::atomic<std::int64_t> epoch{0};
  };

  // Open addressing with linear probing; at most half full.
  class Slots {
   public:
    explicit Slots(unsigned bits) : slots_(std::size_t{1} << bits), shift_(64 - bits) {}

    /// The slot that has the scope, or the empty one where it belongs.
    [[nodiscard]] const Slot& at(std::uint64_t scope) const noexcept {
      return slots_[index(scope)];
    }
    [[nodiscard]] Slot& at(std::uint64_t scope) noexcept { return slots_[index(scope)]; }
    [[nodiscard]] const std::vector<Slot>& all() const noexcept { return slots_; }
    [[nodiscard]] std::vector<Slot>& all() noexcept { return slots_; }

   private:
    [[nodiscard]] std::size_t index(std::uint64_t scope) const noexcept {
      // Knuth's multiplicative hash (TAOCP 3, 6.4): FNV's low bits alone are weak for short names.
      auto i = static_cast<std::size_t>((scope * 0x9E3779B97F4A7C15ULL) >> shift_);
      while (slots_[i].epoch.load(std::memory_order_acquire) != 0 &&
             slots_[i].scope.load(std::memory_order_acquire) != scope) {
        i = (i + 1) & (slots_.size() - 1);
      }
      return i;
    }

    std::vector<Slot> slots_;
    unsigned shift_;
  };

  void grow();

  std::atomic<Slots*> slots_{nullptr};
  // All there were: readers may still be in an older one. Together they are twice the last.
  std::vector<std::unique_ptr<Slots>> kept_;
  unsigned bits_ = 5;  // of the next one
  std::size_t used_ = 0;
};

}  // namespace polystore::read
