#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>
#include <string_view>

namespace polystore::postgres {

enum class Severity : std::uint8_t {
  error,  ///< The statement failed; the session lives on.
  fatal,  ///< FATAL or PANIC: the server ends the session.
};

/// How far a transaction had come when it failed.
enum class Phase : std::uint8_t {
  before_commit,  ///< Nothing that commits was sent, or there is nothing to commit.
  commit_sent,    ///< COMMIT, or a statement that commits by itself, was sent.
};

/// What must be given up after a failure, and may be tried again.
enum class Scope : std::uint8_t {
  row,          ///< The data of some row: the other rows would pass without it.
  transaction,  ///< The transaction; the connection can be used again after ROLLBACK.
  connection,   ///< The connection.
};

struct Classification {
  ErrorCode code = ErrorCode::internal;
  Outcome outcome = Outcome::not_applied;
  bool retryable = false;
  Scope scope = Scope::transaction;

  friend bool operator==(const Classification&, const Classification&) = default;
};

/// What a failure means. `sqlstate` is the five characters, or empty when the server said nothing
/// (the connection was lost). Pure; never throws; any thread.
[[nodiscard]] POLYSTORE_EXPORT Classification classify(std::string_view sqlstate, Severity severity,
                                                       Phase phase) noexcept;

}  // namespace polystore::postgres
