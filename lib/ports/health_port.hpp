#pragma once

#include "polystore/deadline.hpp"
#include "polystore/health.hpp"

#include <vector>

namespace polystore::ports {

/// A store that can tell how it is. Threads: all members from any.
class HealthPort {
 public:
  HealthPort() = default;
  HealthPort(const HealthPort&) = delete;
  HealthPort& operator=(const HealthPort&) = delete;
  virtual ~HealthPort() = default;

  /// Looks at the store and changes nothing in it. What fails, also by the deadline, is a check
  /// of the result and never an Error. Leaves `subject` empty: the caller knows what the store is
  /// used for. Blocks until the deadline at most.
  virtual std::vector<HealthCheck> check(Deadline deadline) = 0;
};

}  // namespace polystore::ports
