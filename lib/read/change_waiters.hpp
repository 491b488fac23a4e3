#pragma once

#include "polystore/deadline.hpp"

#include "ports/response_port.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace polystore::read {

/// Lets callers sleep until something changes under a key, or their time is over. Keys share slots:
/// a caller may be woken for nothing. Threads: all members from any.
class ChangeWaiters {
 public:
  /// What had changed when it was taken.
  using Mark = std::uint64_t;

  /// To be taken before one looks for what one would wait for.
  [[nodiscard]] Mark mark(const ports::EntryKey& key) {
    Slot& slot = slot_of(key);
    const std::lock_guard lock(slot.mutex);
    return slot.changes;
  }

  /// Returns when something changed since the mark, or at `until`.
  void wait(const ports::EntryKey& key, Mark mark, Deadline until) {
    Slot& slot = slot_of(key);
    std::unique_lock lock(slot.mutex);
    slot.changed.wait_until(lock, until.time(), [&] { return slot.changes != mark; });
  }

  void wake(const ports::EntryKey& key) noexcept { wake(slot_of(key)); }
  void wake_all() noexcept {
    for (Slot& slot : slots_) wake(slot);
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t changes = 0;
  };

  static void wake(Slot& slot) noexcept {
    {
      const std::lock_guard lock(slot.mutex);
      ++slot.changes;
    }
    slot.changed.notify_all();
  }

  // A key is a hash: any of its bytes will do.
  Slot& slot_of(const ports::EntryKey& key) noexcept { return slots_[key[1] % slots_.size()]; }

  std::array<Slot, 64> slots_;
};

}  // namespace polystore::read
