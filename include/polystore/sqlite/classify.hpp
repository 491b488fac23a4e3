#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>

namespace polystore::sqlite {

/// What must be given up after a failure.
enum class Scope : std::uint8_t {
  row,          ///< The data of some row: other rows would pass.
  transaction,  ///< The transaction; the connection can be used again after ROLLBACK.
  connection,   ///< The connection.
};

struct Classification {
  ErrorCode code = ErrorCode::internal;
  bool retryable = false;
  Scope scope = Scope::transaction;

  friend bool operator==(const Classification&, const Classification&) = default;
};

/// What an extended result code means. SQLite's failures are never in doubt: a COMMIT that failed
/// did not commit. Pure; never throws; any thread.
[[nodiscard]] POLYSTORE_EXPORT Classification classify(int extended_code) noexcept;

}  // namespace polystore::sqlite
