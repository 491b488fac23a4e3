#include "integration/connect_checks.hpp"
#include "support/child.hpp"
#include "support/mysql.hpp"

#include <signal.h>

using namespace polystore;
using namespace polystore::mysql;
using namespace polystore::test;

TEST_CASE("a connection uses what the URL says, and is set up alike everywhere") {
  ScratchDatabase database;
  auto options = database.options();
  options.application_name = "app 'x' \\";
  const auto connection = Connection::connect(options, soon());
  const Result row = connection->query(
      "SELECT DATABASE(), @@character_set_client, @@character_set_results, @@collation_connection, "
      "@@sql_mode, @@time_zone, @@tx_isolation, @@autocommit, CONNECTION_ID()",
      soon());
  CHECK(row.text(0, 0) == database.name());
  CHECK(row.text(0, 1) == "utf8mb4");
  CHECK(row.text(0, 2) == "utf8mb4");
  CHECK(row.text(0, 3) == "utf8mb4_bin");
  CHECK(row.text(0, 4) == "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION");
  CHECK(row.text(0, 5) == "+00:00");
  CHECK(row.text(0, 6) == "READ-COMMITTED");
  CHECK(row.int64(0, 7) == 1);
  CHECK(connection->session_id() == static_cast<std::uint64_t>(row.int64(0, 8)));
  CHECK(connection->server_version().find("MariaDB") != std::string::npos);
  CHECK(connection->max_message_bytes() > (std::size_t{1} << 20));
}

TEST_CASE("the environment does not decide where and how to connect") {
  auto options = mysql_options();
  REQUIRE(setenv("MYSQL_TCP_PORT", "1", 1) == 0);
  REQUIRE(setenv("MYSQL_HOST", "192.0.2.1", 1) == 0);
  REQUIRE(setenv("MYSQL_PWD", options.password.value_or("").c_str(), 1) == 0);
  CHECK_NOTHROW(Connection::connect(options, soon()));
  options.password.reset();
  CHECK(error_of([&] { (void)Connection::connect(options, soon()); }).code() ==
        ErrorCode::access_denied);
  for (const char* name : {"MYSQL_TCP_PORT", "MYSQL_HOST", "MYSQL_PWD"}) unsetenv(name);
}

TEST_CASE("a server is reached through its Unix socket") {
  const auto where = connect_mysql()->query("SELECT @@socket", soon());
  auto options = mysql_options();
  options.hosts = {{.name = std::string(where.text(0, 0))}};
  CHECK(Connection::connect(options, soon())
            ->query("SELECT host FROM information_schema.processlist WHERE id = CONNECTION_ID()",
                    soon())
            .text(0, 0) == "localhost");
  options.hosts = {{.name = "/no/such/socket"}};
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  CHECK(error.code() == ErrorCode::unavailable);
}

TEST_CASE("a closed port and an unknown host are unavailable") {
  check_nobody_there_is_unavailable<Connection>(mysql_options());
}

TEST_CASE("connecting to a server that never answers ends by the deadline") {
  check_silent_server_ends_by_the_deadline<Connection>(mysql_options());
}

TEST_CASE("a dead host does not take the time of the next one") {
  check_dead_hosts_leave_time_for_the_next<Connection>(mysql_options());
}

TEST_CASE("of several hosts one that is read-only is passed over") {
  auto options = mysql_options();
  const auto admin = connect_mysql();
  admin->query("SET GLOBAL read_only = 1", soon());
  CHECK_NOTHROW(Connection::connect(options, soon()));  // the only one
  options.hosts.push_back(options.hosts.front());
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  admin->query("SET GLOBAL read_only = 0", soon());
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.retryable());
  CHECK_NOTHROW(Connection::connect(options, soon()));
}

TEST_CASE("refused credentials are told without showing them") {
  for (const bool known_user : {true, false}) {
    auto options = mysql_options();
    if (!known_user) options.user = "polystore_no_such_user";
    options.password = "s3cr3t";
    const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
    INFO(error.what());
    CHECK(error.code() == ErrorCode::access_denied);
    CHECK_FALSE(error.retryable());
    CHECK(error.native_code() == "1045");
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
    CHECK(std::string(error.what()).find("no_such_user") == std::string::npos);
  }
}

TEST_CASE("a database that does not exist is not found") {
  auto options = mysql_options();
  options.database = "polystore_no_such_database";
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.native_code() == "1049");
}

TEST_CASE("a pool replaces a connection that the server ended while it was idle") {
  auto pool = make_pool(mysql_options());
  const auto first = pool.acquire(soon())->session_id();
  CHECK(pool.acquire(soon())->session_id() == first);
  kill_session(first);
  auto lease = pool.acquire(soon());
  CHECK(lease->session_id() != first);
  CHECK(lease->query("SELECT 1", soon()).int64(0, 0) == 1);
}

TEST_CASE("a pool does not take back a connection in the middle of something") {
  auto pool = make_pool(mysql_options());
  std::uint64_t first = 0;
  {
    auto lease = pool.acquire(soon());
    first = lease->session_id();
    lease->query("START TRANSACTION", soon());
    CHECK(lease->in_transaction());
  }
  auto lease = pool.acquire(soon());
  CHECK(lease->session_id() != first);
  lease->send(Script().add("SELECT 1"), soon());
  CHECK_FALSE(lease->healthy());
}

TEST_CASE("a pool does not take back a session that takes no writes") {
  const ScratchDatabase database;
  auto options = database.options();
  options.pool_size = 1;
  auto pool = make_pool(options);
  {
    auto lease = pool.acquire(soon());
    lease->query("SET SESSION TRANSACTION READ ONLY", soon());
    const Error error = error_of([&] { lease->query("CREATE TABLE t (x int)", soon()); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.native_code() == "1792");
    CHECK_FALSE(lease->healthy());
  }
  CHECK_NOTHROW(pool.acquire(soon())->query("CREATE TABLE t (x int)", soon()));
}

TEST_CASE("threads share a pool of connections") {
  auto options = mysql_options();
  options.pool_size = 3;
  auto pool = make_pool(options);
  check_threads_share(pool, [](Connection& connection, std::int64_t number) {
    return connection.query(Statement("SELECT ").int64(number), soon()).int64(0, 0);
  });
}

TEST_CASE("a forked child neither uses nor ends its parent's session") {
  check_child_leaves_its_parents_session(connect_mysql(), [](Connection& connection) {
    return connection.query("SELECT 1", soon()).int64(0, 0);
  });
}

// In children: they are about what libmariadb does to a whole process, once.
TEST_CASE("the application's way with SIGPIPE stays as it is, and no dead peer uses it") {
  const std::string url = require_server("MYSQL_URL");
  for (const auto way : {SIG_DFL, SIG_IGN}) {
    const int status = child_status([&] {
      signal(SIGPIPE, way);
      const auto connection = Connection::connect(ConnectOptions::from_url(url), soon());
      struct sigaction now {};
      if (sigaction(SIGPIPE, nullptr, &now) != 0 || now.sa_handler != way) return 1;
      const auto id = connection->session_id();
      Connection::connect(ConnectOptions::from_url(url), soon())
          ->query("KILL CONNECTION " + std::to_string(id), soon());
      while (connection->healthy()) usleep(1'000);
      for (int i = 0; i < 3; ++i) {
        try {
          connection->query(Statement("SELECT ").text(std::string(1'000'000, 'x')), soon());
          return 2;
        } catch (const Error& error) {
          if (error.code() != ErrorCode::unavailable && error.code() != ErrorCode::closed) return 3;
        }
      }
      return 0;
    });
    CHECK(status == 0);
  }
}
