// How a Connection comes to be.
#include "polystore/mysql/connection.hpp"

#include "core/connect_first.hpp"
#include "drive.hpp"
#include "errors.hpp"

#include <mariadb/errmsg.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace polystore::mysql {
namespace {

constexpr std::string_view operation = "connect";

// mysql_library_init sets SIGPIPE to be ignored in the whole process. We send with MSG_NOSIGNAL as
// libmariadb does, so it stays as the application has it.
void initialise_library() {
  static std::once_flag once;
  static int result = 0;
  std::call_once(once, [] {
    struct sigaction before {};
    const bool known = sigaction(SIGPIPE, nullptr, &before) == 0;
    result = mysql_library_init(0, nullptr, nullptr);
    if (known) sigaction(SIGPIPE, &before, nullptr);
  });
  if (result == 0) return;
  throw Error({.code = ErrorCode::internal,
               .backend = Backend::mysql,
               .operation = std::string(operation),
               .message = "libmariadb can't be initialised"});
}

template <class Value>
void set_option(MYSQL* connection, mysql_option option, const Value* value) {
  if (mysql_optionsv(connection, option, value) == 0) return;
  throw misuse_error("this libmariadb does not know option " +
                     std::to_string(static_cast<int>(option)));
}

// What an option file or a default of libmariadb could decide otherwise is set.
void set_options(MYSQL* connection, const Host& host, const ConnectOptions& options) {
  const std::size_t stack_bytes = std::size_t{256} * 1024;  // of the calls that are suspended
  set_option(connection, MYSQL_OPT_NONBLOCK, &stack_bytes);
  const unsigned protocol = host.name.starts_with('/') ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  set_option(connection, MYSQL_OPT_PROTOCOL, &protocol);
  set_option(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const my_bool no = 0;
  set_option(connection, MYSQL_OPT_RECONNECT, &no);
  set_option(connection, MYSQL_OPT_SSL_ENFORCE, &no);
  set_option(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no);
  const unsigned none = 0;  // else the server could ask for any file of ours
  set_option(connection, MYSQL_OPT_LOCAL_INFILE, &none);
  // Others send the password as it is, or ask a terminal for it.
  set_option(connection, MARIADB_OPT_RESTRICTED_AUTH,
             "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,parsec");
  if (mysql_optionsv(connection, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                     options.application_name.c_str()) != 0) {
    throw_invalid_argument(operation, "application_name", "is too long; shorten it");
  }
}

// The network's and the child's: a peer that is gone is noticed, and the descriptor is not
// inherited by what the application starts.
void set_up_socket(int socket) {
  (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
  const auto set = [socket](int option, int value) {
    (void)setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);  // no TCP: no matter
  };
  set(TCP_KEEPIDLE, 30);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 30'000);
}

Error unreachable() {
  return Error({.code = ErrorCode::unavailable,
                .backend = Backend::mysql,
                .retryable = true,
                .operation = std::string(operation),
                .message = "no MariaDB or MySQL server answers at the host and port of the URL"});
}

Error read_only() {
  return Error({.code = ErrorCode::unavailable,
                .backend = Backend::mysql,
                .retryable = true,
                .operation = std::string(operation),
                .message = "none of the hosts takes writes: they are replicas, or read-only"});
}

const char* c_string(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

// Not what init_connect or the server's defaults say.
constexpr std::string_view session_settings =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
    "autocommit = 1, foreign_key_checks = 1, unique_checks = 1";

}  // namespace

std::unique_ptr<Connection> Connection::connect(const ConnectOptions& options, Deadline deadline) {
  if (options.hosts.empty()) throw_invalid_argument(operation, "hosts", "must name a host");
  initialise_library();
  return detail::connect_first(options.hosts, deadline, Backend::mysql,
                               [&](const Host& host, const std::string& address, Deadline until) {
                                 std::unique_ptr<Connection> connection(new Connection());
                                 connection->connect_to(host, address, options, until);
                                 return connection;
                               });
}

void Connection::connect_to(const Host& host, const std::string& address,
                            const ConnectOptions& options, Deadline deadline) {
  connection_.reset(mysql_init(nullptr));
  if (!connection_) throw std::bad_alloc();
  MYSQL* const connection = connection_.get();
  set_options(connection, host, options);
  const char* const password = options.password ? options.password->c_str() : "";
  const bool by_socket = address.empty();
  const auto connected = drive<MYSQL*>(
      connection, deadline,
      [&](MYSQL** value) {
        return mysql_real_connect_start(
            value, connection, by_socket ? nullptr : address.c_str(), c_string(options.user),
            password, c_string(options.database), host.port,
            by_socket ? host.name.c_str() : nullptr, CLIENT_MULTI_STATEMENTS);
      },
      [&](MYSQL** value, int ready) { return mysql_real_connect_cont(value, connection, ready); });
  if (connected.value == nullptr) {
    const unsigned number = mysql_errno(connection);
    if (connected.expired) throw deadline_error(operation, Phase::before_commit);
    const Error refused =
        server_error(operation, number, mysql_sqlstate(connection), Phase::before_commit);
    const bool by_us = number >= CR_MIN_ERROR && refused.code() == ErrorCode::unavailable;
    throw Error(by_us ? unreachable() : refused);
  }
  set_up_socket(static_cast<int>(mysql_get_socket(connection)));
  set_up_session(options.hosts.size() > 1, deadline);
}

void Connection::set_up_session(bool must_take_writes, Deadline deadline) {
  Script script;
  script.add("SET NAMES utf8mb4 COLLATE utf8mb4_bin")
      .add(session_settings)
      .add("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
      .add("SELECT @@max_allowed_packet, @@global.read_only");
  const auto results = run(script, deadline, Phase::before_commit);
  results.check();
  const Result& facts = results.at(3);
  max_allowed_packet_bytes_ =
      static_cast<std::size_t>(std::max(std::int64_t{1024}, facts.int64(0, 0)));
  const std::string_view is_read_only = facts.text(0, 1);
  if (must_take_writes && is_read_only != "0" && is_read_only != "OFF") throw read_only();
}

}  // namespace polystore::mysql
