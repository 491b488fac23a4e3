#pragma once

#include "polystore/deadline.hpp"

#include "support/require_time.hpp"

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

  /// As support::require_time, of the whole.
  void require_time(const char* operation) const {
    if (whole_) support::require_time(*whole_, operation);
  }

 private:
  std::optional<Deadline> whole_;
  std::chrono::milliseconds each_;
};

}  // namespace polystore::support
