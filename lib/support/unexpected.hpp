#pragma once

#include "polystore/error.hpp"

#include <string>
#include <utility>

namespace polystore::support {

/// What a thread of ours reports when something else than an Error was thrown.
inline Error unexpected(std::string operation, Outcome outcome) {
  return Error({.code = ErrorCode::internal,
                .outcome = outcome,
                .operation = std::move(operation),
                .message = "this process is out of memory, or has met a bug"});
}

}  // namespace polystore::support
