#include "polystore/sqlite/transaction.hpp"

#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"

namespace polystore::sqlite {

Transaction::Transaction(Connection& connection, Deadline deadline) : connection_(connection) {
  connection_.prepare("BEGIN IMMEDIATE", deadline).run();
}

Transaction::~Transaction() {
  try {
    // SQLite ends a transaction by itself after some failures.
    if (connection_.in_transaction()) {
      connection_.prepare("ROLLBACK", Deadline::after(std::chrono::seconds(1))).run();
    }
  } catch (const Error&) {
    // The connection is then not healthy, and closing it rolls back.
  }
}

void Transaction::commit(Deadline deadline) { connection_.prepare("COMMIT", deadline).run(); }

}  // namespace polystore::sqlite
