// What a connection makes of bytes that real servers send rarely or never.
#include "polystore/redis/connection.hpp"

#include "redis_peer.hpp"
#include "support/errors.hpp"
#include "support/scripted_peer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace polystore;
using namespace std::literals;
using polystore::redis::Command;
using polystore::redis::Connection;
using test::ScriptedPeer;

namespace {

// Answers the greeting, then each request with `reply`.
ScriptedPeer::Script answering(std::string reply, bool slowly = false) {
  return [reply = std::move(reply), slowly](ScriptedPeer::Session& session) {
    if (session.receive().empty()) return;
    session.send(test::greeting);
    while (!session.receive().empty()) {
      if (slowly) {
        session.send_slowly(reply);
      } else {
        session.send(reply);
      }
    }
  };
}

std::unique_ptr<Connection> connect_to(const ScriptedPeer& peer) {
  return Connection::connect({.host = "127.0.0.1", .port = peer.port()}, Deadline::after(5s));
}

}  // namespace

TEST_CASE("every kind of reply arrives whole, also byte by byte") {
  const bool slowly = GENERATE(false, true);
  const ScriptedPeer peer(
      answering("*5\r\n$5\r\na\r\n\0b\r\n:-42\r\n$-1\r\n+PONG\r\n*1\r\n$0\r\n\r\n"s, slowly));
  const auto connection = connect_to(peer);
  const auto reply = connection->command({"ANY"}, Deadline::after(5s));
  REQUIRE(reply.size() == 5);
  CHECK(reply.at(0).text() == "a\r\n\0b"sv);
  CHECK(reply.at(1).integer() == -42);
  CHECK(reply.at(2).is_nil());
  CHECK(reply.at(3).text() == "PONG");
  CHECK(reply.at(4).at(0).text().empty());
  CHECK(connection->healthy());
}

TEST_CASE("a getter of another type than the reply's says so") {
  const ScriptedPeer peer(answering(":1\r\n"));
  const auto connection = connect_to(peer);
  const auto reply = connection->command({"ANY"}, Deadline::after(5s));
  CHECK(test::error_of([&] { (void)reply.text(); }).code() == ErrorCode::data_loss);
  CHECK(test::error_of([&] { (void)reply.size(); }).code() == ErrorCode::data_loss);
  CHECK(test::error_of([&] { (void)reply.at(0); }).code() == ErrorCode::data_loss);
}

TEST_CASE("bytes that are not the protocol end the connection with a clear error") {
  const std::string bytes = GENERATE(
      "HTTP/1.1 400 Bad Request\r\n\r\n", "$99999999999999999999\r\n", "*-7\r\n", "$5\r\nabc",
      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "%1\r\n+a\r\n+b\r\n");
  INFO(bytes);
  const ScriptedPeer peer(answering(bytes));
  const auto connection = connect_to(peer);
  const Error error =
      test::error_of([&] { (void)connection->command({"ANY"}, Deadline::after(200ms)); });
  CHECK((error.code() == ErrorCode::data_loss || error.code() == ErrorCode::deadline_exceeded));
  CHECK(error.outcome() == Outcome::unknown);
  CHECK_FALSE(connection->healthy());
  CHECK(test::error_of([&] { (void)connection->command({"ANY"}, Deadline::after(1s)); }).code() ==
        ErrorCode::closed);
}

TEST_CASE("more replies than commands end the connection") {
  const ScriptedPeer peer(answering("+OK\r\n+OK\r\n"));
  const auto connection = connect_to(peer);
  const Error error =
      test::error_of([&] { (void)connection->command({"ANY"}, Deadline::after(5s)); });
  CHECK(error.code() == ErrorCode::data_loss);
  CHECK_FALSE(connection->healthy());
}

TEST_CASE("a reply that nobody asked for makes a connection unhealthy") {
  const ScriptedPeer peer([](ScriptedPeer::Session& session) {
    (void)session.receive();
    session.send(test::greeting);
    std::this_thread::sleep_for(50ms);
    session.send("+SURPRISE\r\n");
    (void)session.receive();
  });
  const auto connection = connect_to(peer);
  std::this_thread::sleep_for(150ms);
  CHECK_FALSE(connection->healthy());
}

TEST_CASE("arguments beyond the limits are refused before anything is sent") {
  const ScriptedPeer peer(answering("+OK\r\n"));
  const auto connection = connect_to(peer);
  // Never read: only its size is looked at.
  const std::string_view huge(static_cast<const char*>(nullptr), redis::most_argument_bytes + 1);
  const Error error = test::error_of([&] {
    (void)connection->command({"SET", "key", huge}, Deadline::after(5s));
  });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "arguments");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(connection->healthy());
  CHECK(connection->command({"SET", "key", ""}, Deadline::after(5s)).text() == "OK");
}
