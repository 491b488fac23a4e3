#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/postgres/connection.hpp"
#include "polystore/postgres/pipeline.hpp"

#include <cstdint>

namespace polystore::postgres {

/// Adds one statement that makes the server itself give up near `deadline`: statement_timeout,
/// lock_timeout and idle_in_transaction_session_timeout of the transaction (SET LOCAL).
POLYSTORE_EXPORT void add_time_limits(Pipeline& pipeline, Deadline deadline);

/// A READ COMMITTED transaction on a connection, with time limits on the server from each call's
/// deadline. Nothing is sent before the first statements: BEGIN travels with them.
/// Any member that throws leaves it rolled back, or about to be: only destroy it then.
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
  void send(Pipeline statements, Deadline deadline);

  /// Waits for the results of the last send. Errors: as Connection::receive, and the first failed
  /// statement's. outcome() is always not_applied.
  PipelineResults receive(Deadline deadline);

  /// send and receive. Blocks until `deadline` at most. Errors: theirs.
  PipelineResults run(Pipeline statements, Deadline deadline);

  /// Makes everything durable. Without statements it does nothing.
  /// Errors: any; with outcome() == unknown COMMIT was sent and its answer lost. With not_applied
  /// nothing was committed, also when the server answers COMMIT by rolling back.
  void commit(Deadline deadline);

 private:
  enum class State : std::uint8_t { not_begun, open, ended };

  void rollback() noexcept;

  Connection& connection_;
  State state_ = State::not_begun;
  std::size_t prefix_ = 0;  // statements that send added in front
  Deadline last_ = Deadline::immediate();
};

}  // namespace polystore::postgres
