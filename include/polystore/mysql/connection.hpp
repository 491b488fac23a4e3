#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/mysql/classify.hpp"
#include "polystore/mysql/handles.hpp"
#include "polystore/mysql/options.hpp"
#include "polystore/mysql/result.hpp"
#include "polystore/mysql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::mysql {

/// One session with a server, set up alike on every server: utf8mb4 compared by its bytes, strict
/// sql_mode, UTC, READ COMMITTED. Never reconnected behind the caller's back.
/// Every call ends by its deadline; a connection that missed one, or was lost, is closed at once
/// and never used again: healthy() is false and calls throw `closed`. The server may still be
/// executing then: limit it with add_time_limits (transaction.hpp).
/// The application's way with SIGPIPE is left as it is. The first connection of a process
/// initialises libmariadb, which is not to be undone (mysql_library_end).
/// Errors of statements: classify() says code, outcome and retryable; native_code is the server's
/// error number.
/// Threads: one at a time. Fork: a child's calls throw `closed`; its copy never ends the session.
class POLYSTORE_EXPORT Connection {
 public:
  /// Connects to the first host that answers; each gets its share of the time. Blocks until
  /// `deadline` at most, name resolution included.
  /// Errors: unavailable, deadline_exceeded, access_denied, not_found (no such database),
  /// unsupported (an authentication method that is not known); of other refusals, as classify()
  /// says.
  [[nodiscard]] static std::unique_ptr<Connection> connect(const ConnectOptions& options,
                                                           Deadline deadline);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Ends the session without waiting.
  ~Connection();

  /// Runs one statement, which commits by itself unless a transaction was begun before.
  /// Errors: the statement's; deadline_exceeded, unavailable, closed.
  Result query(Statement statement, Deadline deadline);
  Result query(std::string_view sql, Deadline deadline) { return query(Statement(sql), deadline); }

  /// send and receive. Blocks until `deadline` at most. Errors: theirs.
  ScriptResults run(const Script& script, Deadline deadline, Phase phase = Phase::commit_sent);

  /// Sends statements without waiting for what they give (but see max_message_bytes: of a longer
  /// script the first message only). `phase` is what a later loss of the connection means:
  /// before_commit only if nothing in `script` commits.
  /// Errors: invalid_argument when a statement is longer than max_message_bytes();
  /// deadline_exceeded, unavailable, closed; internal when results are still to be received.
  void send(const Script& script, Deadline deadline, Phase phase = Phase::commit_sent);

  /// Waits for the results of the last send. Errors of statements are in the results; others are
  /// thrown: deadline_exceeded, unavailable, closed; internal when nothing was sent.
  ScriptResults receive(Deadline deadline);

  /// True between send and receive.
  [[nodiscard]] bool receiving() const noexcept { return awaited_.has_value(); }

  /// Whether it can be used again: alive as far as can be seen without waiting, idle, and not one
  /// that has told of itself that it can't serve (a read-only server's).
  [[nodiscard]] bool healthy() noexcept;

  /// Throws if the server has ended the session, as far as can be seen without waiting: closed, or
  /// what classify() says of its last word. A failure found here came before anything that is sent
  /// next.
  void require_alive();

  /// Whether a transaction is open on the server, by its last answer.
  [[nodiscard]] bool in_transaction() const noexcept;

  /// Closes it now. Later calls throw `closed`.
  void close() noexcept;

  /// The server's number of this session, for KILL; 0 when closed.
  [[nodiscard]] std::uint64_t session_id() const noexcept;
  /// As the server writes it: "10.11.6-MariaDB…".
  [[nodiscard]] std::string server_version() const;
  /// The server's max_allowed_packet, which also bounds what its functions for text give.
  [[nodiscard]] std::size_t max_allowed_packet_bytes() const noexcept {
    return max_allowed_packet_bytes_;
  }
  /// The longest statement that send takes: max_allowed_packet, less what the protocol adds.
  [[nodiscard]] std::size_t max_message_bytes() const noexcept {
    return max_allowed_packet_bytes_ - 16;
  }

 private:
  struct Message {
    std::string text;
    std::size_t statements = 0;
  };

  Connection() = default;

  void connect_to(const Host& host, const std::string& address, const ConnectOptions& options,
                  Deadline deadline);
  void set_up_session(bool must_take_writes, Deadline deadline);
  void require_usable() const;
  void plan_messages(const Script& script);
  void send_next(Deadline deadline);
  [[nodiscard]] bool receive_message(std::vector<ScriptResults::Item>& items, std::size_t first,
                                     Deadline deadline);
  [[nodiscard]] bool receive_head(bool of_message, Deadline deadline);
  [[nodiscard]] bool receive_rows(Result& result, Deadline deadline);
  [[nodiscard]] Error refusal();
  [[noreturn]] void fail(bool expired);
  [[nodiscard]] bool see_alive() noexcept;

  ForkStamp stamp_;
  MysqlConn connection_;
  std::vector<Message> messages_;                // of the last send, in order
  std::size_t sent_ = 0;                         // of messages_
  std::optional<std::size_t> awaited_;           // statements whose results were not received
  std::size_t max_allowed_packet_bytes_ = 1024;  // the least there is
  bool reusable_ = true;                // no error has said that the session itself is at fault
  Phase phase_ = Phase::before_commit;  // of what was sent last
  unsigned last_word_ = 0;              // the error that came while idle
};

}  // namespace polystore::mysql
