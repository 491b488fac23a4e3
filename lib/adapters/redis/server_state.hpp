#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/breaker.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace polystore::adapters::redis {

/// What a command does: a server that is full, or a replica, refuses only the second.
enum class Access : std::uint8_t { read, write };

/// What calls have found of a server, so that one that is away, or refuses, costs the next ones
/// nothing: they fail at once, and four times a second one tries. Threads: all members from any.
class ServerState {
 public:
  using Clock = Deadline::Clock;

  /// Before a call. Errors: unavailable (retryable) while the server is away; access_denied while
  /// that is why.
  void require_there();
  /// The same while it refuses what such commands do.
  void require(Access access);

  /// After a call that was answered, also by an error.
  void answered() noexcept;
  void succeeded(Access access) noexcept { of(access).succeeded(); }
  /// After an error reply.
  void refused(Access access, const Error& error) noexcept;
  /// After a call that began then and was not answered.
  void failed(const Error& error, Clock::time_point began) noexcept;

 private:
  static constexpr std::chrono::milliseconds pause{250};
  /// For so long nothing must have been heard before a missed deadline, which may be the caller's
  /// fault, or a lost connection is taken for a server that is away.
  static constexpr std::chrono::milliseconds silence{20};

  support::Breaker& of(Access access) noexcept { return access == Access::read ? reads_ : writes_; }

  support::Breaker there_{pause};
  support::Breaker reads_{pause};
  support::Breaker writes_{pause};
  std::atomic<bool> denied_{false};          // why it is away
  std::atomic<Clock::rep> silent_since_{0};  // the first failure after the last answer
};

}  // namespace polystore::adapters::redis
