#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/backoff.hpp"

#include <chrono>
#include <optional>

namespace polystore::write {

/// The same failure, of a call of which this or an earlier attempt may have taken effect.
[[nodiscard]] Error in_doubt(const Error& error);

/// The pauses of a call that tries again by itself.
class Pauses {
 public:
  explicit Pauses(Deadline deadline) : deadline_(deadline) {}

  /// Waits a little. False when the deadline leaves no time for another attempt.
  [[nodiscard]] bool wait();

 private:
  Deadline deadline_;
  support::Backoff backoff_{std::chrono::milliseconds(4), std::chrono::milliseconds(250)};
};

/// The attempts of one transaction that may be repeated: a few when it surely was not applied,
/// until the deadline when that is in doubt, for the repeat then tells. Threads: one.
class Attempts {
 public:
  explicit Attempts(Deadline deadline) : pauses_(deadline) {}

  /// Calls `attempt` until it throws no Error, and gives what it returns. Throws where there is no
  /// next attempt: the last failure, with outcome unknown if it or an earlier one may have taken
  /// effect.
  template <class Attempt>
  auto repeat(Attempt attempt) {
    for (;;) {
      try {
        return attempt();
      } catch (const Error& error) {
        failed(error);
      }
    }
  }

  /// The failure of an attempt that may have taken effect.
  [[nodiscard]] const std::optional<Error>& doubt() const noexcept { return doubt_; }

 private:
  // Takes in a failure and waits for the next attempt's time; throws where there is none.
  void failed(const Error& error);

  Pauses pauses_;
  std::optional<Error> doubt_;
  int count_ = 0;
};

}  // namespace polystore::write
