#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/redis/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace polystore::redis {

/// The sentinels that watch over a master. Holds a secret: never print it.
struct SentinelOptions {
  std::vector<Endpoint> endpoints{};  ///< At least one.
  std::string master{};               ///< The name by which they know it.
  std::optional<std::string> user{};  ///< Of the sentinels, not of the master; needs a password.
  std::optional<std::string> password{};
};

/// Where the master is that sentinels watch over. Connections that share it learn of a failover as
/// soon as one of them does. Threads: all members from any.
class POLYSTORE_EXPORT Sentinels {
 public:
  /// Counts the masters that were found, one after the other.
  using Generation = std::uint64_t;

  struct Master {
    Endpoint endpoint{};
    Generation generation = 0;
  };

  /// Asks nobody yet.
  explicit Sentinels(SentinelOptions options);

  /// Asks every sentinel, and believes the one whose configuration is the newest: one that was cut
  /// off, or hung, knows an older one. An older one than was found before is not believed for a
  /// minute either. Blocks until `deadline` at most, and leaves time to connect.
  /// Errors: unavailable, deadline_exceeded (none answered), access_denied, invalid_argument (none
  /// knows a master of that name).
  [[nodiscard]] Master find_master(Deadline deadline);

  /// As find_master, unless somebody asked since `span` ago; never throws.
  void look_again(std::chrono::milliseconds span, Deadline deadline) noexcept;

  /// Of the master that was found last; 0 before that.
  [[nodiscard]] Generation generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }

 private:
  using TimePoint = Deadline::Clock::time_point;

  struct Found {
    Endpoint master{};
    std::uint64_t epoch = 0;  // of the sentinel's configuration
  };

  [[nodiscard]] std::optional<Found> ask(std::size_t sentinel, Deadline deadline) const;
  [[nodiscard]] std::vector<std::size_t> order();
  [[nodiscard]] bool failed_lately(std::size_t sentinel);
  void note(std::size_t sentinel, bool answered);
  Master believe(const Found& found);

  const SentinelOptions options_;
  std::atomic<Generation> generation_{0};
  std::mutex mutex_;  // guards the rest
  Found known_{};
  TimePoint known_since_{};  // when it was heard last
  TimePoint asked_at_{};     // when anybody began to ask
  std::vector<TimePoint>
      failed_at_;  // of each sentinel, if it did not answer when it was asked last
};

}  // namespace polystore::redis
