// Servers and peers that fail: each call ends by its deadline with a typed error, and no signal.
#include "polystore/redis/pool.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/redis.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/time.h>

#include <string>

using namespace polystore;
using namespace polystore::test;
using namespace std::literals;
using polystore::redis::Connection;

namespace {

// Ends a connection from outside.
void kill_client(Connection& connection) {
  const std::string id = std::to_string(connection.command({"CLIENT", "ID"}, soon()).integer());
  CHECK(connect_redis()->command({"CLIENT", "KILL", "ID", id}, soon()).integer() == 1);
}

// The code of the error of a command; nothing when it succeeds.
std::optional<ErrorCode> try_ping(Connection& connection) {
  try {
    (void)connection.command({"PING"}, soon());
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("writes to a connection that the server has closed raise no SIGPIPE") {
  (void)redis_options();  // skips without a server, which a child could not
  // In a child, so that a signal ends it and not the test program.
  CHECK(child_status([] {
          signal(SIGPIPE, SIG_DFL);
          const auto connection = connect_redis();
          kill_client(*connection);
          usleep(50'000);
          if (connection->healthy()) return 1;
          if (try_ping(*connection) != ErrorCode::unavailable) return 2;
          return try_ping(*connection) == ErrorCode::closed ? 0 : 3;
        }) == 0);
}

TEST_CASE("a socket that the peer has reset raises no SIGPIPE, however often it is written to") {
  const auto options = redis_options();
  CHECK(child_status([&] {
          signal(SIGPIPE, SIG_DFL);
          redis::Socket socket(options.host, options.port, soon());
          (void)socket.send("QUIT\r\n"sv);
          usleep(50'000);
          int refused = 0;
          for (int i = 0; i < 3; ++i) {
            try {
              (void)socket.send("PING\r\n"sv);
            } catch (const Error& error) {
              if (error.code() == ErrorCode::unavailable) ++refused;
            }
            usleep(10'000);
          }
          return refused > 0 ? 0 : 1;
        }) == 0);
}

TEST_CASE("a pool replaces a connection that the server ended while it was idle") {
  auto pool = redis::make_pool(redis_options());
  kill_client(*pool.acquire(soon()));
  usleep(50'000);
  CHECK(pool.acquire(soon())->command({"PING"}, soon()).text() == "PONG");
}

TEST_CASE("a stopped server holds no command beyond its deadline, and the connection is dropped") {
  const auto connection = connect_redis();
  {
    const StoppedProcess stopped(std::stoi(require_server("REDIS_PID")));
    check_ends_within(200ms, [&] {
      const Error error =
          error_of([&] { (void)connection->command({"PING"}, Deadline::after(200ms)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::unknown);
      CHECK(error.retryable());
    });
    check_ends_within(200ms, [&] {
      CHECK(error_of([&] {
              (void)Connection::connect(redis_options(), Deadline::after(200ms));
            }).code() == ErrorCode::deadline_exceeded);
    });
  }
  // A late PONG must not be taken for the answer to the next command.
  CHECK_FALSE(connection->healthy());
  CHECK(try_ping(*connection) == ErrorCode::closed);
}

TEST_CASE("a closed port and an unknown host are unavailable") {
  const DeadPort port(DeadPort::Kind::closed);
  auto options = redis_options();
  options.host = "127.0.0.1";
  options.port = port.port();
  const Error refused = error_of([&] { (void)Connection::connect(options, soon()); });
  CHECK(refused.code() == ErrorCode::unavailable);
  CHECK(refused.outcome() == Outcome::not_applied);
  options.host = "no-such-host.invalid";
  CHECK(error_of([&] { (void)Connection::connect(options, soon()); }).code() ==
        ErrorCode::unavailable);
}

TEST_CASE("connecting to a server that never answers ends by the deadline") {
  const DeadPort port(DeadPort::Kind::silent);
  auto options = redis_options();
  options.host = "127.0.0.1";
  options.port = port.port();
  for (const auto span : {0ms, 200ms}) {
    check_ends_within(span, [&] {
      CHECK(error_of([&] { (void)Connection::connect(options, Deadline::after(span)); }).code() ==
            ErrorCode::deadline_exceeded);
    });
  }
}

TEST_CASE("signals interrupt no command") {
  const auto connection = connect_redis();
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  REQUIRE(sigaction(SIGALRM, &action, &before) == 0);  // without SA_RESTART
  const itimerval often{{0, 500}, {0, 500}};
  REQUIRE(setitimer(ITIMER_REAL, &often, nullptr) == 0);
  const std::string value(std::size_t{8} << 20, 'v');
  int right = 0;
  for (int i = 0; i < 20; ++i) {
    if (connection->command({"ECHO", value}, soon()).text() == value) ++right;
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  CHECK(right == 20);
}

TEST_CASE("memory that is full and a replica are typed errors") {
  const auto connection = connect_redis();
  const auto set = [&] { (void)connection->command({"SET", "itest:oom", "v"}, soon()); };
  (void)connection->command({"CONFIG", "SET", "maxmemory", "1"}, soon());
  const Error full = error_of(set);
  (void)connection->command({"CONFIG", "SET", "maxmemory", "0"}, soon());
  CHECK(full.code() == ErrorCode::overloaded);
  CHECK(full.native_code() == "OOM");
  CHECK(full.retryable());

  (void)connection->command({"REPLICAOF", "127.0.0.1", "1"}, soon());
  const Error replica = error_of(set);
  (void)connect_redis()->command({"REPLICAOF", "NO", "ONE"}, soon());
  CHECK(replica.code() == ErrorCode::unavailable);
  CHECK(replica.native_code() == "READONLY");
  // The pool must look for another server.
  CHECK_FALSE(connection->healthy());
}
