// How a Connection comes to be.
#include "polystore/postgres/connection.hpp"

#include "core/connect_first.hpp"
#include "errors.hpp"

#include <poll.h>

#include <array>
#include <new>
#include <utility>

namespace polystore::postgres {
namespace {

constexpr std::string_view operation = "connect";

// A value in the "options" keyword, whose words are separated by spaces.
std::string escape_option(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == ' ' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

// libpq fills in what is not given from the environment, so whatever decides where and how we
// connect is given. An empty value would count as not given.
class Keywords {
 public:
  Keywords(const Host& host, const std::string& address, const ConnectOptions& options)
      : port_(std::to_string(host.port)), options_("-c search_path=") {
    add("host", host.name);
    add("hostaddr", address);
    add("port", port_);
    if (options.user) add("user", *options.user);
    if (options.password) add("password", *options.password);
    if (options.database) add("dbname", *options.database);
    add("application_name", options.application_name);
    if (!options.search_path.empty())
      add("options", options_ += escape_option(options.search_path));
    add("target_session_attrs", options.hosts.size() > 1 ? "read-write" : "any");
    add("client_encoding", "UTF8");
    add("sslmode", "disable");
    add("gssencmode", "disable");
    add("keepalives", "1");
    add("keepalives_idle", "30");
    add("keepalives_interval", "10");
    add("keepalives_count", "3");
    add("tcp_user_timeout", "30000");
    add(nullptr, nullptr);
  }
  Keywords(const Keywords&) = delete;
  Keywords& operator=(const Keywords&) = delete;
  ~Keywords() = default;

  [[nodiscard]] const char* const* names() const noexcept { return names_.data(); }
  [[nodiscard]] const char* const* values() const noexcept { return values_.data(); }

 private:
  void add(const char* name, const std::string& value) { add(name, value.c_str()); }
  void add(const char* name, const char* value) {
    names_.push_back(name);
    values_.push_back(value);
  }

  std::string port_;
  std::string options_;
  std::vector<const char*> names_;
  std::vector<const char*> values_;
};

// libpq keeps the SQLSTATE of a refused connection to itself, but with PQERRORS_SQLSTATE its
// message ends with it: "FATAL:  28P01".
std::string_view sqlstate_in(std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  constexpr std::string_view separator = ":  ";
  if (message.size() < separator.size() + 5) return {};
  const std::string_view sqlstate = message.substr(message.size() - 5);
  const std::string_view before = message.substr(0, message.size() - 5);
  const bool plain =
      sqlstate.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
  return plain && before.ends_with(separator) ? sqlstate : std::string_view();
}

}  // namespace

std::unique_ptr<Connection> Connection::connect(const ConnectOptions& options, Deadline deadline) {
  if (options.hosts.empty()) throw_invalid_argument(operation, "hosts", "must name a host");
  return detail::connect_first(options.hosts, deadline, Backend::postgres,
                               [&](const Host& host, const std::string& address, Deadline until) {
                                 std::unique_ptr<Connection> connection(new Connection());
                                 connection->connect_to(host, address, options, until);
                                 return connection;
                               });
}

void Connection::connect_to(const Host& host, const std::string& address,
                            const ConnectOptions& options, Deadline deadline) {
  const Keywords keywords(host, address, options);
  connection_.reset(PQconnectStartParams(keywords.names(), keywords.values(), 0));
  if (!connection_) throw std::bad_alloc();
  PQsetErrorVerbosity(connection_.get(), PQERRORS_SQLSTATE);
  PQsetNoticeReceiver(connection_.get(), &Connection::on_notice, this);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) fail_connect();

  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    if (wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline) == 0) {
      throw deadline_error(operation, Phase::before_commit);
    }
    next = PQconnectPoll(connection_.get());
    if (next == PGRES_POLLING_FAILED) fail_connect();
  }
  if (PQsetnonblocking(connection_.get(), 1) != 0) fail_connect();
}

void Connection::fail_connect() {
  const std::string_view sqlstate = sqlstate_in(PQerrorMessage(connection_.get()));
  if (!sqlstate.empty()) {
    throw server_error(operation, sqlstate, Severity::fatal, Phase::before_commit);
  }
  if (PQconnectionNeedsPassword(connection_.get()) == 1) {
    throw Error({.code = ErrorCode::access_denied,
                 .backend = Backend::postgres,
                 .operation = std::string(operation),
                 .message = "the server asks for a password and none is given; put one into the "
                            "URL, PGPASSWORD or ~/.pgpass"});
  }
  throw Error({.code = ErrorCode::unavailable,
               .backend = Backend::postgres,
               .retryable = true,
               .operation = std::string(operation),
               .message = "no PostgreSQL server that takes what is asked for answers at the host "
                          "and port of the URL"});
}

}  // namespace polystore::postgres
