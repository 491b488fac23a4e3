#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>

namespace polystore::mongo {

/// What must be given up after a failure, and may be tried again.
enum class Scope : std::uint8_t {
  document,   ///< The document at fault: the others would pass.
  operation,  ///< The operation.
  server,     ///< The server, for now: the next operation will most likely fail too.
};

struct Classification {
  ErrorCode code = ErrorCode::internal;
  Outcome outcome = Outcome::not_applied;
  bool retryable = false;
  Scope scope = Scope::operation;

  friend bool operator==(const Classification&, const Classification&) = default;
};

/// What a failed command means. `domain` and `code` are those of bson_error_t with error API 2.
/// Pure; never throws; any thread.
[[nodiscard]] POLYSTORE_EXPORT Classification classify(std::uint32_t domain,
                                                       std::uint32_t code) noexcept;

/// What a code of the server means: of a failed command, or of one of its writeErrors.
[[nodiscard]] POLYSTORE_EXPORT Classification classify_server_code(std::uint32_t code) noexcept;

/// A document with this _id, or another unique key, is there.
[[nodiscard]] POLYSTORE_EXPORT bool is_duplicate_key(std::uint32_t server_code) noexcept;

}  // namespace polystore::mongo
