#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/postgres/classify.hpp"
#include "polystore/postgres/handles.hpp"
#include "polystore/postgres/options.hpp"
#include "polystore/postgres/params.hpp"
#include "polystore/postgres/pipeline.hpp"
#include "polystore/postgres/result.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace polystore::postgres {

/// One session with a server. Every call ends by its deadline; a connection that missed one, or was
/// lost, is closed at once and never used again: healthy() is false and calls throw `closed`. The
/// server may still be executing then: limit it with add_time_limits (transaction.hpp).
/// Nothing is set for the session, and a connection that turns out not to keep its prepared
/// statements goes on without them, so that pgbouncer can pool it.
/// Errors of statements: classify() says code, outcome and retryable; native_code is the SQLSTATE.
/// Threads: one at a time. Fork: a child's calls throw `closed`; its copy never ends the session.
class POLYSTORE_EXPORT Connection {
 public:
  /// Connects to the first host that answers; each gets its share of the time. Blocks until
  /// `deadline` at most, name resolution included.
  /// Errors: unavailable, deadline_exceeded, access_denied, not_found (no such database); of other
  /// refusals, as classify() says.
  [[nodiscard]] static std::unique_ptr<Connection> connect(const ConnectOptions& options,
                                                           Deadline deadline);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Ends the session without waiting.
  ~Connection();

  /// Runs one statement, which commits by itself unless BEGIN was run before.
  /// Errors: the statement's; deadline_exceeded, unavailable, closed.
  Result query(std::string sql, Params params, Deadline deadline);

  /// send and receive. Blocks until `deadline` at most. Errors: theirs.
  PipelineResults run(const Pipeline& pipeline, Deadline deadline,
                      Phase phase = Phase::commit_sent);

  /// Sends statements without waiting for what they give. `phase` is what a later loss of the
  /// connection means: before_commit only if nothing in `pipeline` commits.
  /// Errors: deadline_exceeded, unavailable, closed; internal when results are still to be
  /// received.
  void send(const Pipeline& pipeline, Deadline deadline, Phase phase = Phase::commit_sent);

  /// Waits for the results of the last send. Errors of statements are in the results; others are
  /// thrown: deadline_exceeded, unavailable, closed; internal when nothing was sent.
  PipelineResults receive(Deadline deadline);

  /// True between send and receive.
  [[nodiscard]] bool receiving() const noexcept { return awaited_.has_value(); }

  /// Whether it can be used again: alive as far as can be seen without waiting, idle, and not one
  /// that has told of itself that it can't serve (a standby's).
  [[nodiscard]] bool healthy() noexcept;

  /// Throws if the server has ended the session, as far as can be seen without waiting: closed, or
  /// what classify() says of its last word. A failure found here came before anything that is sent
  /// next.
  void require_alive();

  /// Closes it now. Later calls throw `closed`.
  void close() noexcept;

  /// The server's process of this session; 0 when closed.
  [[nodiscard]] int backend_pid() const noexcept;
  /// Whether the database stores text as UTF-8.
  [[nodiscard]] bool stores_utf8() const noexcept;

 private:
  Connection() = default;

  void connect_to(const Host& host, const std::string& address, const ConnectOptions& options,
                  Deadline deadline);
  [[noreturn]] void fail_connect();
  void require_usable() const;
  [[nodiscard]] short wait(short events, Deadline deadline) const noexcept;
  void send_one(const Pipeline::Statement& statement);
  void learn(const std::vector<PipelineResults::Item>& items);
  void flush(Deadline deadline);
  void await_result(Deadline deadline);
  void record(PgResult result, PipelineResults::Item& item);
  [[nodiscard]] bool see_alive() noexcept;
  [[noreturn]] void lose(Phase phase);
  [[noreturn]] void expire();
  static void on_notice(void* self, const PGresult* notice) noexcept;

  ForkStamp stamp_;
  PgConn connection_;
  // What was sent and whose results were not received: a statement is "", the preparation of one
  // has its name.
  std::optional<std::vector<std::string>> awaited_;
  std::unordered_set<std::string> prepared_;  // the names that the server knows in this session
  bool may_prepare_ = true;
  bool reusable_ = true;                // no error has said that the session itself is at fault
  Phase phase_ = Phase::before_commit;  // of what was sent last
  char fatal_sqlstate_[6] = {};         // of the FATAL message that came while idle
};

}  // namespace polystore::postgres
