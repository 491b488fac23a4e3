#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/breaker.hpp"

#include <chrono>

namespace polystore::support {

/// The breaker of an output store's writes: a put holds a metadata transaction while it writes
/// outputs, and must not wait again for a server that just failed another. Threads: any.
class OutputBreaker {
 public:
  using Clock = Deadline::Clock;

  explicit OutputBreaker(Backend backend) noexcept : backend_(backend) {}

  /// As Breaker::allows.
  [[nodiscard]] bool allows() noexcept { return breaker_.allows(); }

  /// The error of a write that it does not allow.
  [[nodiscard]] Error spared() const {
    return Error({.code = ErrorCode::unavailable,
                  .backend = backend_,
                  .retryable = true,
                  .operation = "write outputs",
                  .message = "the server failed a moment ago; it is tried again within a second"});
  }

  /// Makes a write that holds up nobody else, and so is not spared, but tells of the server.
  /// Errors: those of `write`.
  template <class Write>
  void watch(Write write) {
    const auto began = Clock::now();
    try {
      write();
    } catch (const Error& error) {
      failed(error, began);
      throw;
    }
    answered();
  }

  /// After a write that was answered, be it for what the outputs are.
  void answered() noexcept { breaker_.succeeded(); }

  /// After a write that began then and failed otherwise.
  void failed(const Error& error, Clock::time_point began) noexcept {
    const bool slow = error.code() == ErrorCode::deadline_exceeded && Clock::now() - began >= fair;
    if (slow || error.code() == ErrorCode::unavailable) breaker_.failed();
  }

 private:
  static constexpr std::chrono::milliseconds pause{500};
  /// A call that had less than this cannot tell that the server is slow.
  static constexpr std::chrono::milliseconds fair{500};

  const Backend backend_;
  Breaker breaker_{pause};
};

}  // namespace polystore::support
