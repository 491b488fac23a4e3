#include "integration/connect_checks.hpp"
#include "support/postgres.hpp"

using namespace polystore;
using namespace polystore::postgres;
using namespace polystore::test;

TEST_CASE("a connection uses what the URL says") {
  ScratchSchema schema;
  auto options = schema.options();
  options.application_name = "app 'x' \\";
  const auto connection = Connection::connect(options, soon());
  const Result row = connection->query(
      "SELECT current_schema()::text, current_setting('application_name'), "
      "current_setting('client_encoding'), current_database()::text",
      {}, soon());
  CHECK(row.text(0, 0) == schema.name());
  CHECK(row.text(0, 1) == options.application_name);
  CHECK(row.text(0, 2) == "UTF8");
  CHECK(row.text(0, 3) == options.database.value_or(""));
  CHECK(connection->stores_utf8());
  CHECK(connection->backend_pid() > 0);
}

TEST_CASE("the environment does not decide where and how to connect") {
  const auto options = postgres_options();
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGTARGETSESSIONATTRS"}) {
    const std::string value = name == std::string("PGSSLMODE") ? "verify-full" : "192.0.2.1";
    REQUIRE(setenv(name, value.c_str(), 1) == 0);
  }
  CHECK_NOTHROW(Connection::connect(options, soon()));
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGTARGETSESSIONATTRS"}) {
    unsetenv(name);
  }
}

TEST_CASE("a server is reached through its Unix socket") {
  const auto where = connect_postgres()->query(
      "SELECT split_part(current_setting('unix_socket_directories'), ',', 1), "
      "current_setting('port')::int",
      {}, soon());
  if (where.text(0, 0).empty()) SKIP("the server has no Unix socket");
  auto options = postgres_options();
  options.hosts = {{.name = std::string(where.text(0, 0)),
                    .port = static_cast<std::uint16_t>(where.int64(0, 1))}};
  CHECK(Connection::connect(options, soon())
            ->query("SELECT inet_client_addr() IS NULL", {}, soon())
            .boolean(0, 0));
}

TEST_CASE("a closed port and an unknown host are unavailable") {
  check_nobody_there_is_unavailable<Connection>(postgres_options());
}

TEST_CASE("connecting to a server that never answers ends by the deadline") {
  check_silent_server_ends_by_the_deadline<Connection>(postgres_options());
}

TEST_CASE("a dead host does not take the time of the next one") {
  check_dead_hosts_leave_time_for_the_next<Connection>(postgres_options());
}

TEST_CASE("refused credentials are told without showing them") {
  auto options = postgres_options();
  options.user = "polystore_no_such_role";
  options.password = "s3cr3t";
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::access_denied);
  CHECK_FALSE(error.retryable());
  CHECK(error.native_code().starts_with("28"));
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  CHECK(std::string(error.what()).find("no_such_role") == std::string::npos);
}

TEST_CASE("a wrong password is told without showing it") {
  auto options = postgres_options();
  options.password = "s3cr3t";
  try {
    (void)Connection::connect(options, soon());
    SKIP("the server asks for no password; start it with initdb -A scram-sha-256");
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(error.code() == ErrorCode::access_denied);
    CHECK(error.native_code() == "28P01");
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  }
}

TEST_CASE("a database that does not exist is not found") {
  auto options = postgres_options();
  options.database = "polystore_no_such_database";
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.native_code() == "3D000");
}

TEST_CASE("a pool replaces a connection that the server ended while it was idle") {
  auto pool = make_pool(postgres_options());
  const int first = pool.acquire(soon())->backend_pid();
  CHECK(pool.acquire(soon())->backend_pid() == first);
  terminate_backend(first);
  auto lease = pool.acquire(soon());
  CHECK(lease->backend_pid() != first);
  CHECK(lease->query("SELECT 1", {}, soon()).int64(0, 0) == 1);
}

TEST_CASE("a pool does not take back a connection in the middle of something") {
  auto pool = make_pool(postgres_options());
  int first = 0;
  {
    auto lease = pool.acquire(soon());
    first = lease->backend_pid();
    lease->query("BEGIN", {}, soon());
  }
  auto lease = pool.acquire(soon());
  CHECK(lease->backend_pid() != first);
  lease->send(Pipeline().add("SELECT 1"), soon());
  CHECK_FALSE(lease->healthy());
}

TEST_CASE("a pool does not take back a session that takes no writes") {
  const ScratchSchema schema;
  auto options = schema.options();
  options.pool_size = 1;
  auto pool = make_pool(options);
  {
    auto lease = pool.acquire(soon());
    lease->query("SET default_transaction_read_only = on", {}, soon());
    const Error error = error_of([&] { lease->query("CREATE TABLE t (x int)", {}, soon()); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.native_code() == "25006");
    CHECK_FALSE(lease->healthy());
  }
  CHECK_NOTHROW(pool.acquire(soon())->query("CREATE TABLE t (x int)", {}, soon()));
}

TEST_CASE("threads share a pool of connections") {
  auto options = postgres_options();
  options.pool_size = 3;
  auto pool = make_pool(options);
  check_threads_share(pool, [](Connection& connection, std::int64_t number) {
    return connection.query("SELECT $1", Params().int64(number), soon()).int64(0, 0);
  });
}

TEST_CASE("a forked child neither uses nor ends its parent's session") {
  check_child_leaves_its_parents_session(connect_postgres(), [](Connection& connection) {
    return connection.query("SELECT 1", {}, soon()).int64(0, 0);
  });
}
