#include "polystore/redis/combiner.hpp"
#include "polystore/redis/pool.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/redis.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::literals;
using polystore::redis::Command;
using polystore::redis::Connection;

TEST_CASE("a connection uses what the URL says") {
  auto options = redis_options();
  options.database = 7;
  options.client_name = "itest";
  const auto connection = Connection::connect(options, soon());
  CHECK(connection->command({"CLIENT", "GETNAME"}, soon()).text() == "itest");
  const auto info = connection->command({"CLIENT", "INFO"}, soon());
  CHECK(info.text().find(" db=7 ") != std::string_view::npos);
}

TEST_CASE("a database that the server has not is refused by name") {
  auto options = redis_options();
  options.database = 65535;
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "database");
}

TEST_CASE("keys and values are any bytes") {
  const auto connection = connect_redis();
  std::string value;
  for (int i = 0; i < 256; ++i) value += static_cast<char>(i);
  const std::string key = "itest:\r\n\0key"s;
  (void)connection->command({"SET", key, value}, soon());
  CHECK(connection->command({"GET", key}, soon()).text() == value);
  CHECK(connection->command({"DEL", key}, soon()).integer() == 1);
  CHECK(connection->command({"GET", key}, soon()).is_nil());
}

TEST_CASE("a large value goes and comes whole") {
  const auto connection = connect_redis();
  const std::string value(std::size_t{48} << 20, 'v');
  (void)connection->command({"SET", "itest:large", value}, soon());
  CHECK((connection->command({"GET", "itest:large"}, soon()).text() == value));
  (void)connection->command({"DEL", "itest:large"}, soon());
}

TEST_CASE("a pipeline answers each command in order, errors included") {
  const auto connection = connect_redis();
  const std::vector<Command> commands{{"SET", "itest:p", "text"},
                                      {"LPUSH", "itest:p", "x"},
                                      {"NO-SUCH-COMMAND", "s3cr3t"},
                                      {"GET", "itest:p"},
                                      {"DEL", "itest:p"}};
  const auto replies = connection->pipeline(commands, soon());
  REQUIRE(replies.size() == 5);
  CHECK(replies[0].text() == "OK");
  CHECK(replies[1].error().code() == ErrorCode::invalid_argument);
  CHECK(replies[1].error().native_code() == "WRONGTYPE");
  CHECK(replies[2].error().code() == ErrorCode::internal);
  CHECK(std::string(replies[2].error().what()).find("s3cr3t") == std::string::npos);
  CHECK(replies[3].text() == "text");
  CHECK(replies[4].integer() == 1);
  CHECK(connection->healthy());
}

TEST_CASE("a pipeline larger than all buffers does not block itself") {
  const auto connection = connect_redis();
  const std::string value(std::size_t{1} << 20, 'v');
  std::vector<Command> commands;
  for (int i = 0; i < 40; ++i) {
    commands.push_back({"SET", "itest:big", value});
    commands.push_back({"GET", "itest:big"});
  }
  const auto replies = connection->pipeline(commands, soon());
  REQUIRE(replies.size() == 80);
  CHECK((replies.back().text() == value));
  (void)connection->command({"DEL", "itest:big"}, soon());
  CHECK(connection->pipeline({}, soon()).empty());
}

TEST_CASE("refused credentials are told without showing them") {
  auto options = redis_options();
  options.user = "no-such-user";
  options.password = "s3cr3t";
  const Error error = error_of([&] { (void)Connection::connect(options, soon()); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::access_denied);
  CHECK_FALSE(error.retryable());
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  CHECK(std::string(error.what()).find("no-such-user") == std::string::npos);
}

TEST_CASE("a user logs in, and what it may not do is told") {
  const auto admin = connect_redis();
  (void)admin->command({"ACL", "SETUSER", "itest", "on", ">pw 1", "~*", "+@all", "-get"}, soon());
  auto options = redis_options();
  options.user = "itest";
  options.password = "pw 1";
  const auto connection = Connection::connect(options, soon());
  CHECK(connection->command({"ACL", "WHOAMI"}, soon()).text() == "itest");
  const Error error = error_of([&] { (void)connection->command({"GET", "key"}, soon()); });
  CHECK(error.code() == ErrorCode::access_denied);
  CHECK(error.native_code() == "NOPERM");
  CHECK(connection->healthy());
  (void)admin->command({"ACL", "DELUSER", "itest"}, soon());
}

TEST_CASE("threads share a pool of connections") {
  auto options = redis_options();
  options.pool_size = 3;
  auto pool = redis::make_pool(options);
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        if (pool.acquire(soon())->command({"ECHO", text}, soon()).text() == text) ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 600);
  CHECK(pool.stats().idle <= 3);
}

TEST_CASE("callers of a combiner get their own answers, few or many, on few connections or many") {
  const std::size_t callers = GENERATE(2U, 5U, 24U);
  const std::size_t connections = GENERATE(1U, 4U, 16U);
  redis::Combiner combiner(redis_options(), {.connections = connections});
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < callers; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (std::size_t i = 0; i < 300; ++i) {
          const std::string text = std::to_string(t * 1000 + i);
          if (combiner.command({"ECHO", text}, soon()).text() != text) failures.add("another's");
        }
      } catch (const Error& error) {
        failures.add(error.what());  // a call that nobody drives ends by its deadline
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  combiner.close();
}

TEST_CASE("a forked child neither uses nor ends its parent's connection") {
  const auto connection = connect_redis();
  CHECK(child_status([&] {
          try {
            (void)connection->command({"PING"}, soon());
          } catch (const Error& error) {
            return error.code() == ErrorCode::closed && !connection->healthy() ? 0 : 2;
          }
          return 1;
        }) == 0);
  CHECK(connection->command({"PING"}, soon()).text() == "PONG");
}
