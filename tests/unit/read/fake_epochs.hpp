#pragma once

#include "polystore/error.hpp"

#include "ports/epoch_port.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace polystore::test {

/// A list of invalidations in memory, which waits and fails when told. Threads: any, but for what
/// is public.
class FakeEpochs final : public ports::EpochPort {
 public:
  std::function<void()> before_read{};  ///< Called by each read before it looks.
  std::function<void()> after_read{};   ///< Called by each read once it has looked.
  std::atomic<int> reads{0};
  std::atomic<std::int64_t> last_after{0};             ///< Where the last read began.
  std::atomic<Deadline::Clock::duration> time_left{};  ///< That it had.

  std::int64_t invalidate_scope(const Scope& scope, std::int64_t above,
                                Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    epoch_ = std::max(epoch_, above) + 1;
    return scopes_[scope.hash()] = epoch_;
  }

  std::int64_t invalidate(const Scope& scope) {
    return invalidate_scope(scope, 0, Deadline::immediate());
  }

  ports::EpochChanges read_epochs(std::int64_t after, std::size_t limit,
                                  Deadline deadline) override {
    ++reads;
    last_after = after;
    time_left = deadline.remaining();
    if (before_read) before_read();
    ports::EpochChanges found;
    {
      const std::lock_guard lock(mutex_);
      found.epoch = epoch_;
      found.forgotten = forgotten_;
      for (const auto& [scope, epoch] : scopes_) {
        if (epoch > after) found.scopes.push_back({.scope = scope, .epoch = epoch});
      }
    }
    std::ranges::sort(found.scopes, {}, &ports::ScopeEpoch::epoch);
    if (found.scopes.size() > limit) found.scopes.resize(limit);
    if (after_read) after_read();
    return found;
  }

  /// Forgets all up to may_forget, whatever the time.
  std::size_t forget_epochs(const ports::ForgetParams& params, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    const auto all = scopes_.find(Scope::all().hash());
    const std::int64_t up_to =
        std::max(may_forget.load(), all == scopes_.end() ? 0 : all->second - 1);
    std::vector<ports::ScopeEpoch> going;
    for (const auto& [scope, epoch] : scopes_) {
      if (epoch <= up_to && scope != Scope::all().hash()) going.push_back({scope, epoch});
    }
    std::ranges::sort(going, {}, &ports::ScopeEpoch::epoch);
    if (going.size() > params.most) going.resize(params.most);
    if (going.empty()) return 0;
    for (const auto& gone : going) scopes_.erase(gone.scope);
    forgotten_ = going.back().epoch;
    ++epoch_;
    return going.size();
  }
  std::atomic<std::int64_t> may_forget{0};

  /// What a backup has: nothing that came after this call.
  std::function<void()> back_up() {
    const std::lock_guard lock(mutex_);
    return [this, epoch = epoch_, forgotten = forgotten_, scopes = scopes_] {
      const std::lock_guard restoring(mutex_);
      epoch_ = epoch;
      forgotten_ = forgotten;
      scopes_ = scopes;
    };
  }

 private:
  std::mutex mutex_;
  std::int64_t epoch_ = 0;
  std::int64_t forgotten_ = 0;
  std::map<std::uint64_t, std::int64_t> scopes_;
};

}  // namespace polystore::test
