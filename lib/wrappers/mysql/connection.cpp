#include "polystore/mysql/connection.hpp"

#include "drive.hpp"
#include "errors.hpp"

#include <mariadb/errmsg.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace polystore::mysql {
namespace {

int socket_of(MYSQL* connection) noexcept { return static_cast<int>(mysql_get_socket(connection)); }

// What libmariadb says itself, and not the server: the connection is of no more use.
bool is_lost(MYSQL* connection) noexcept {
  const unsigned number = mysql_errno(connection);
  return socket_of(connection) < 0 || (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR);
}

// Statements that go together in one message while they are not longer than this.
constexpr std::size_t packed_bytes = std::size_t{4} * 1024 * 1024;

}  // namespace

Connection::~Connection() { close(); }

void Connection::close() noexcept {
  const bool busy = awaited_.has_value();
  awaited_.reset();
  messages_.clear();
  if (!connection_) return;
  const int socket = socket_of(connection_.get());
  if (stamp_.inherited()) {
    // mysql_close would tell the server to end the parent's session: leak all but the descriptor.
    (void)connection_.release();
    if (socket >= 0) ::close(socket);
    return;
  }
  // Then nothing that mysql_close still does can wait.
  if (busy && socket >= 0) ::shutdown(socket, SHUT_RDWR);
  connection_.reset();
}

std::uint64_t Connection::session_id() const noexcept {
  return connection_ ? mysql_thread_id(connection_.get()) : 0;
}

std::string Connection::server_version() const {
  return connection_ ? mysql_get_server_info(connection_.get()) : "";
}

bool Connection::in_transaction() const noexcept {
  unsigned status = 0;
  return connection_ &&
         mariadb_get_infov(connection_.get(), MARIADB_CONNECTION_SERVER_STATUS, &status) == 0 &&
         (status & SERVER_STATUS_IN_TRANS) != 0;
}

Result Connection::query(Statement statement, Deadline deadline) {
  return run(Script().add(std::move(statement)), deadline).take(0);
}

ScriptResults Connection::run(const Script& script, Deadline deadline, Phase phase) {
  send(script, deadline, phase);
  return receive(deadline);
}

void Connection::send(const Script& script, Deadline deadline, Phase phase) {
  require_usable();
  if (awaited_) throw misuse_error("the results of the last send were not received");
  plan_messages(script);
  phase_ = phase;
  sent_ = 0;
  awaited_ = script.size();
  if (!messages_.empty()) send_next(deadline);
}

// The protocol knows no second message before the answers to the first were read.
void Connection::plan_messages(const Script& script) {
  messages_.clear();
  for (const Statement& statement : script.statements()) {
    if (statement.size_bytes() > max_message_bytes()) {
      messages_.clear();
      throw_invalid_argument(statement_operation, "sql",
                             "is a statement of " + std::to_string(statement.size_bytes()) +
                                 " bytes; the server's max_allowed_packet allows " +
                                 std::to_string(max_message_bytes()) + "; raise that");
    }
    const std::size_t most = std::min(packed_bytes, max_message_bytes());
    if (messages_.empty() || messages_.back().text.size() + 1 + statement.size_bytes() > most) {
      messages_.emplace_back();
    } else {
      messages_.back().text += ';';
    }
    messages_.back().text += statement.str();
    ++messages_.back().statements;
  }
}

void Connection::send_next(Deadline deadline) {
  MYSQL* const connection = connection_.get();
  const Message& message = messages_[sent_++];
  const auto sent = drive<int>(
      connection, deadline,
      [&](int* value) {
        return mysql_send_query_start(value, connection, message.text.data(), message.text.size());
      },
      [&](int* value, int ready) { return mysql_send_query_cont(value, connection, ready); });
  if (sent.value != 0) fail(sent.expired);
}

ScriptResults Connection::receive(Deadline deadline) {
  require_usable();
  if (!awaited_) throw misuse_error("nothing was sent whose results could be received");
  std::vector<ScriptResults::Item> items(*awaited_);
  std::size_t first = 0;
  for (std::size_t m = 0; m < messages_.size(); ++m) {
    if (m == sent_) {
      if (deadline.expired()) fail(true);
      send_next(deadline);
    }
    if (!receive_message(items, first, deadline)) break;
    first += messages_[m].statements;
  }
  awaited_.reset();
  messages_.clear();

  std::optional<Error> failure;
  for (auto& item : items) {
    if (!failure) failure = item.error;
    if (item.status == ScriptResults::Status::aborted) item.error = failure;
  }
  return ScriptResults(std::move(items));
}

// The results of the message that was sent last, from items[first] on. False when a statement
// failed: the server ran none after it.
bool Connection::receive_message(std::vector<ScriptResults::Item>& items, std::size_t first,
                                 Deadline deadline) {
  using Status = ScriptResults::Status;
  const std::size_t end = first + messages_[sent_ - 1].statements;
  for (std::size_t index = first; index < end; ++index) {
    auto& item = items[index];
    if (!receive_head(index == first, deadline) || !receive_rows(item.result, deadline)) {
      item.error = refusal();
      item.status = Status::failed;
      return false;
    }
    item.status = Status::ok;
    const bool more = mysql_more_results(connection_.get()) != 0;
    if (more != (index + 1 < end)) {
      close();
      throw misuse_error("a statement of the script is none, or several");
    }
  }
  return true;
}

// The beginning of a statement's result. False when the server refused the statement.
bool Connection::receive_head(bool of_message, Deadline deadline) {
  MYSQL* const connection = connection_.get();
  if (of_message) {
    const auto read = drive<my_bool>(
        connection, deadline,
        [&](my_bool* value) { return mysql_read_query_result_start(value, connection); },
        [&](my_bool* value, int ready) {
          return mysql_read_query_result_cont(value, connection, ready);
        });
    if (read.expired) fail(true);
    return read.value == 0;
  }
  const auto next = drive<int>(
      connection, deadline, [&](int* value) { return mysql_next_result_start(value, connection); },
      [&](int* value, int ready) { return mysql_next_result_cont(value, connection, ready); });
  if (next.expired) fail(true);
  return next.value == 0;
}

// Row by row: an answer that never ends never lets libmariadb wait, and so must be left here. False
// when the server gave the statement up.
bool Connection::receive_rows(Result& result, Deadline deadline) {
  MYSQL* const connection = connection_.get();
  const unsigned columns = mysql_field_count(connection);
  if (columns == 0) {
    result.set_counts(mysql_affected_rows(connection), mysql_insert_id(connection));
    return true;
  }
  result = Result(columns);
  MysqlRes rows(mysql_use_result(connection));
  if (!rows) return false;
  constexpr std::size_t often_bytes = std::size_t{64} * 1024;
  for (std::size_t unchecked_bytes = 0;;) {
    const auto fetched = drive<MYSQL_ROW>(
        connection, deadline,
        [&](MYSQL_ROW* row) { return mysql_fetch_row_start(row, rows.get()); },
        [&](MYSQL_ROW* row, int ready) { return mysql_fetch_row_cont(row, rows.get(), ready); });
    if (fetched.expired) fail(true);
    const MYSQL_ROW row = fetched.value;
    if (row == nullptr) return mysql_errno(connection) == 0;
    const unsigned long* const lengths = mysql_fetch_lengths(rows.get());
    for (unsigned c = 0; c < columns; ++c) {
      unchecked_bytes += lengths[c];
      result.add(row[c] == nullptr ? std::nullopt
                                   : std::optional(std::string_view(row[c], lengths[c])));
    }
    if (unchecked_bytes < often_bytes) continue;
    unchecked_bytes = 0;
    if (!deadline.expired()) continue;
    // To be freed, it reads its rest from the connection: that ends at once then.
    ::shutdown(socket_of(connection), SHUT_RDWR);
    rows.reset();
    fail(true);
  }
}

// The failure of a statement that the server reports; throws where the connection was lost.
Error Connection::refusal() {
  MYSQL* const connection = connection_.get();
  if (is_lost(connection)) fail(false);
  const unsigned number = mysql_errno(connection);
  const std::string sqlstate = mysql_sqlstate(connection);
  if (classify(number, sqlstate, phase_).scope == Scope::connection) reusable_ = false;
  return server_error(statement_operation, number, sqlstate, phase_);
}

void Connection::fail(bool expired) {
  close();
  throw expired ? deadline_error(statement_operation, phase_)
                : lost_error(statement_operation, phase_);
}

bool Connection::healthy() noexcept {
  return connection_ && reusable_ && !stamp_.inherited() && !awaited_ && !in_transaction() &&
         see_alive();
}

void Connection::require_alive() {
  require_usable();
  if (see_alive()) return;
  const unsigned number = last_word_;
  close();
  if (number == 0) throw lost_error(statement_operation, Phase::before_commit);
  throw server_error(statement_operation, number, {}, Phase::before_commit);
}

// While nothing is asked, nothing comes but the end: maybe after one error packet that tells why.
bool Connection::see_alive() noexcept {
  pollfd poller{.fd = socket_of(connection_.get()), .events = POLLIN, .revents = 0};
  if (poller.fd < 0) return false;
  if (::poll(&poller, 1, 0) == 0) return true;
  // Length (3), number of the packet, 0xFF for an error, its number; little-endian.
  std::array<unsigned char, 7> begin{};
  const auto size = ::recv(poller.fd, begin.data(), begin.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size == static_cast<ssize_t>(begin.size()) && begin[4] == 0xFFU) {
    last_word_ = begin[5] | static_cast<unsigned>(begin[6]) << 8U;
  }
  return false;
}

void Connection::require_usable() const {
  if (connection_ && !stamp_.inherited()) return;
  throw Error({.code = ErrorCode::closed,
               .backend = Backend::mysql,
               .operation = std::string(statement_operation),
               .message = connection_ ? "the connection belongs to the parent of this forked "
                                        "process; open a new one"
                                      : "the connection is closed; open a new one"});
}

}  // namespace polystore::mysql
