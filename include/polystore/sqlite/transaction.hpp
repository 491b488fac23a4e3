#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/sqlite/connection.hpp"

namespace polystore::sqlite {

/// A transaction that writes: it takes the file's write lock at once (BEGIN IMMEDIATE), because a
/// read transaction that turns to writing fails without waiting when another writer was faster.
/// Destroyed without commit it rolls back, silently. Threads: one at a time.
class POLYSTORE_EXPORT Transaction {
 public:
  /// Blocks until the lock is free, at most until `deadline`. The connection must outlive this.
  /// Errors: as Connection; deadline_exceeded when another writer keeps the lock.
  Transaction(Connection& connection, Deadline deadline);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Makes everything durable. Blocks until `deadline` at most, but for the disk's own flush.
  /// Errors: any; nothing is committed then.
  void commit(Deadline deadline);

 private:
  Connection& connection_;
};

}  // namespace polystore::sqlite
