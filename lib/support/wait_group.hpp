#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace polystore::support {

/// Lets the owner of what others use wait until nobody does. Threads: all members from any.
class WaitGroup {
 public:
  /// One use, until it is destroyed. The group must outlive it.
  class Use {
   public:
    explicit Use(WaitGroup& group) : group_(group) {
      const std::lock_guard lock(group_.mutex_);
      ++group_.uses_;
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      const std::lock_guard lock(group_.mutex_);  // also for the call: the group may go after it
      if (--group_.uses_ == 0) group_.unused_.notify_all();
    }

   private:
    WaitGroup& group_;
  };

  void wait() {
    std::unique_lock lock(mutex_);
    unused_.wait(lock, [this] { return uses_ == 0; });
  }

 private:
  std::mutex mutex_;  // guards uses_
  std::condition_variable unused_;
  std::size_t uses_ = 0;
};

}  // namespace polystore::support
