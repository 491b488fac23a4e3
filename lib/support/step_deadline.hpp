#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include <chrono>
#include <optional>

namespace polystore::support {

/// The deadlines of a call in many steps that each wait for a server: the caller's for all of them
/// together, or where none was given a standard one for each. Threads: any.
class StepDeadline {
 public:
  StepDeadline(std::optional<Deadline> whole, std::chrono::milliseconds each) noexcept
      : whole_(whole), each_(each) {}

  /// Of a step that begins now.
  [[nodiscard]] Deadline next() const noexcept { return whole_ ? *whole_ : Deadline::after(each_); }

  /// Throws deadline_exceeded where the time of the whole is over: a step that need not wait would
  /// go on.
  void require_time(const char* operation) const {
    if (!whole_ || !whole_->expired()) return;
    throw Error({.code = ErrorCode::deadline_exceeded,
                 .retryable = true,
                 .operation = operation,
                 .message = "the deadline came first; give it more time"});
  }

 private:
  std::optional<Deadline> whole_;
  std::chrono::milliseconds each_;
};

}  // namespace polystore::support
