#pragma once

#include "polystore/deadline.hpp"
#include "polystore/fork_stamp.hpp"

#include "ports/response_port.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace polystore::read {

/// A new token, which no other process draws.
ports::LeaseToken draw_token();

/// Prolongs leases while answers are being made, and ends those of answers that were not, in a
/// thread of its own: no caller waits for it. Threads: all members from any.
class LeaseKeeper {
 public:
  struct Lease {
    ports::EntryKey key{};
    ports::LeaseToken token{};
    std::int64_t epoch = 0;  ///< That the key was made under.
  };

  /// A lease that is prolonged as long as this lives; then it is ended, unless publish did that.
  class Hold {
   public:
    Hold(LeaseKeeper& keeper, const Lease& lease);
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

    [[nodiscard]] const Lease& lease() const noexcept { return lease_; }
    /// The response was published, which ended the lease.
    void published() noexcept { ended_ = true; }

   private:
    LeaseKeeper& keeper_;
    const Lease lease_;
    bool ended_ = false;
  };

  /// `ttl`: of each lease; prolonged when a third of it has passed.
  LeaseKeeper(ports::ResponsePort& port, std::chrono::milliseconds ttl);
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;
  ~LeaseKeeper();

  [[nodiscard]] std::chrono::milliseconds ttl() const noexcept { return ttl_; }

  /// Tends nothing any more: leases that are held run out. Never waits.
  void close() noexcept;

 private:
  using TimePoint = Deadline::Clock::time_point;

  struct Kept {
    Lease lease;
    TimePoint due;
    bool over = false;  // to be ended instead of prolonged
  };

  void keep(const Lease& lease);
  void drop(const Lease& lease, bool ended) noexcept;
  void work();
  [[nodiscard]] std::vector<Kept> take_due(std::unique_lock<std::mutex>& lock);
  void tend(Kept& kept) noexcept;

  ports::ResponsePort& port_;
  const std::chrono::milliseconds ttl_;
  const ForkStamp stamp_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<Kept> kept_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace polystore::read
