#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/sqlite/handles.hpp"
#include "polystore/sqlite/options.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace polystore::sqlite {

class Statement;

/// One connection to a database file, in WAL mode, with foreign keys on and synchronous=FULL: what
/// is committed survives a power cut.
/// Deadlines: a wait for another writer's lock, and a statement that runs long, end by the deadline
/// of the call; only the system calls of one page are not interrupted.
/// Errors of every call: classify() says code and retryable; native_code is the extended code.
/// Threads: one at a time. Fork: a child's calls throw `closed`; SQLite forbids to carry a
/// connection over, so its copy is leaked there.
class POLYSTORE_EXPORT Connection {
 public:
  /// Opens the file, or makes it. Blocks until `deadline` at most.
  /// Errors: invalid_argument (a folder, or in a folder that does not exist), access_denied,
  /// unavailable, deadline_exceeded, data_loss (not a database).
  [[nodiscard]] static std::unique_ptr<Connection> open(const ConnectOptions& options,
                                                        Deadline deadline);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs SQL without results; several statements may be separated by ';'.
  void execute(const char* sql, Deadline deadline);

  /// A statement, ready to bind; it is compiled once per connection and SQL text. At most one user
  /// of the same text at a time. Valid as long as this connection.
  [[nodiscard]] Statement prepare(std::string_view sql, Deadline deadline);

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] std::int64_t last_insert_rowid() const noexcept;
  [[nodiscard]] bool in_transaction() const noexcept;

  /// Whether it can be used again: no transaction is open and nothing broke it.
  [[nodiscard]] bool healthy() const noexcept;

 private:
  friend class Statement;
  Connection() = default;

  void use(Deadline deadline);
  void check(int result, std::string_view operation);
  [[noreturn]] void fail(int result, std::string_view operation);
  static int on_busy(void* self, int calls) noexcept;
  static int on_progress(void* self) noexcept;

  ForkStamp stamp_;
  DatabaseHandle database_;
  std::map<std::string, StatementHandle, std::less<>> statements_;
  Deadline deadline_ = Deadline::immediate();
  bool broken_ = false;
};

}  // namespace polystore::sqlite
