#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/mysql/connection.hpp"
#include "polystore/mysql/statement.hpp"

#include <cstddef>
#include <cstdint>

namespace polystore::mysql {

/// Adds one statement that makes the server itself give up near `deadline`, for the session from
/// then on: innodb_lock_wait_timeout, in whole seconds and at least one, and on MariaDB also
/// max_statement_time and idle_transaction_timeout; on MySQL max_execution_time, for SELECT.
POLYSTORE_EXPORT void add_time_limits(Script& script, Deadline deadline);

/// A transaction on a connection, with time limits on the server from each call's deadline. Nothing
/// is sent before the first statements: START TRANSACTION travels with them.
/// Any member that throws leaves it rolled back, or about to be: only destroy it then, or restart.
/// Threads: one at a time.
class POLYSTORE_EXPORT Transaction {
 public:
  /// The connection must be idle and outlive this object.
  explicit Transaction(Connection& connection) noexcept : connection_(connection) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Rolls back what is open, silently: until the last call's deadline, or for 50 ms, at most;
  /// then it closes the connection.
  ~Transaction();

  /// Sends statements without waiting for what they give. Errors: as Connection::send.
  void send(Script statements, Deadline deadline);

  /// Waits for the results of the last send. Errors: as Connection::receive, and the first failed
  /// statement's. outcome() is always not_applied.
  ScriptResults receive(Deadline deadline);

  /// send and receive. Blocks until `deadline` at most. Errors: theirs.
  ScriptResults run(Script statements, Deadline deadline);

  /// After a failed statement: what was done so far is rolled back, with the next statements, and
  /// these begin anew. Errors: internal after the end, or while results are to be received.
  void restart();

  /// Makes everything durable. Without statements it does nothing.
  /// Errors: any; with outcome() == unknown COMMIT was sent and its answer lost. With not_applied
  /// nothing was committed, also where the server had given the transaction up by itself.
  void commit(Deadline deadline);

 private:
  enum class State : std::uint8_t { not_begun, open, failed, ended };

  void rollback() noexcept;

  Connection& connection_;
  State state_ = State::not_begun;
  bool roll_back_first_ = false;
  std::size_t prefix_ = 0;  // statements that send added in front
  Deadline last_ = Deadline::immediate();
};

}  // namespace polystore::mysql
