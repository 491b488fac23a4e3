#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

namespace polystore::support {

/// Throws deadline_exceeded where no time is left: for a call in many steps that need not wait, and
/// so would go on.
inline void require_time(Deadline deadline, const char* operation) {
  if (!deadline.expired()) return;
  throw Error({.code = ErrorCode::deadline_exceeded,
               .retryable = true,
               .operation = operation,
               .message = "the deadline came first; give it more time"});
}

}  // namespace polystore::support
