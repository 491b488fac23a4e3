#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>
#include <string_view>

namespace polystore::mysql {

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

/// What a failure means. `number` is what mysql_errno gives, of MariaDB, MySQL or libmariadb, or 0
/// when the connection was lost without a word; `sqlstate` helps with numbers that are not known.
/// Pure; never throws; any thread.
[[nodiscard]] POLYSTORE_EXPORT Classification classify(unsigned number, std::string_view sqlstate,
                                                       Phase phase) noexcept;

}  // namespace polystore::mysql
