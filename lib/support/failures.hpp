#pragma once

#include "polystore/error.hpp"

namespace polystore::support {

/// Whether a server that refused several items together may have done so for what one of them is: a
/// rule of the database's owner (a foreign key, a unique index) has a code of its own.
inline bool may_concern_one(const Error& error) noexcept {
  const ErrorCode code = error.code();
  return code == ErrorCode::invalid_argument || code == ErrorCode::not_found ||
         code == ErrorCode::conflict;
}

/// Whether a write was refused for good, and not applied; all else may be tried again later.
inline bool refused_for_good(const Error& error) noexcept {
  const ErrorCode code = error.code();
  return !error.retryable() && error.outcome() == Outcome::not_applied &&
         code != ErrorCode::closed && code != ErrorCode::unavailable;
}

}  // namespace polystore::support
