#include "support/mysql.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::mysql;
using namespace polystore::test;
using namespace std::string_literals;
using Status = ScriptResults::Status;

TEST_CASE("values come back as they were sent, under every sql_mode") {
  const auto connection = connect_mysql();
  std::vector<std::byte> bytes(10'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  const Uuid uuid{1, 2, 0, 255, '\'', '\\'};
  for (const char* mode : {"", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "TRADITIONAL", "ORACLE"}) {
    connection->query(Statement("SET sql_mode = ").text(mode), soon());
    for (const auto& text : {"plain"s, "a'b''c"s, "\\"s, "\\'; DROP TABLE x; -- "s, "\"`%_\n\r\t"s,
                             "Größe 要約 🙂"s, "a\0b"s, ""s, std::string(100'000, '\'')}) {
      const Result row = connection->query(Statement("SELECT ")
                                               .text(text)
                                               .bytes(bytes)
                                               .uuid(uuid)
                                               .int64(-5)
                                               .int64(std::numeric_limits<std::int64_t>::min())
                                               .null(),
                                           soon());
      CHECK((row.text(0, 0) == text));
      CHECK(std::ranges::equal(row.bytes(0, 1), bytes));
      CHECK(row.uuid(0, 2) == uuid);
      CHECK(row.int64(0, 3) == -5);
      CHECK(row.int64(0, 4) == std::numeric_limits<std::int64_t>::min());
      CHECK(row.is_null(0, 5));
    }
  }
}

TEST_CASE("bad UTF-8 is refused as a row's fault, and never shown or cut") {
  ScratchDatabase database;
  const auto connection = database.connect();
  connection->query("CREATE TABLE t (x text CHARACTER SET utf8mb4)", soon());
  for (const std::string& text : {"s3cr3t\xff"s, "s3cr3t\xc0\x80"s, "s3cr3t\\\xff"s}) {
    const Error error = error_of([&] {
      connection->query(Statement("INSERT INTO t VALUES ").open().text(text).close(), soon());
    });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK((error.native_code() == "1366" || error.native_code() == "1300"));
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  }
  CHECK(connection->healthy());
  CHECK(connection->query("SELECT COUNT(*) FROM t", soon()).int64(0, 0) == 0);
}

TEST_CASE("an error in the middle of a script ends it, and what came before is there") {
  ScratchDatabase database;
  const auto connection = database.connect();
  connection->query("CREATE TABLE t (x int PRIMARY KEY)", soon());
  const auto results = connection->run(Script()
                                           .add("INSERT INTO t VALUES (1)")
                                           .add("INSERT INTO t VALUES (1)")
                                           .add("INSERT INTO t VALUES (2)"),
                                       soon());
  REQUIRE(results.size() == 3);
  CHECK(results.status(0) == Status::ok);
  CHECK(results.at(0).affected_rows() == 1);
  CHECK(results.status(1) == Status::failed);
  CHECK(error_of([&] { (void)results.at(1); }).code() == ErrorCode::conflict);
  CHECK(results.status(2) == Status::aborted);
  CHECK(error_of([&] { (void)results.at(2); }).native_code() == "1062");
  CHECK(connection->healthy());
  CHECK(connection->query("SELECT SUM(x) FROM t", soon()).int64(0, 0) == 1);
}

TEST_CASE("a statement that fails while its rows come is a failure") {
  const auto connection = connect_mysql();
  const auto results = connection->run(
      Script()
          .add("SET max_statement_time = 0.2")
          .add("SELECT seq FROM seq_1_to_2000000000 WHERE seq < 100 OR MD5(seq) = 'x'")
          .add("SELECT 1"),
      soon());
  CHECK(error_of([&] { (void)results.at(1); }).native_code() == "1969");
  CHECK(results.status(2) == Status::aborted);
  CHECK(connection->query("SELECT 1", soon()).int64(0, 0) == 1);
}

TEST_CASE("a script longer than one message goes in several, and ends where one fails") {
  ScratchDatabase database;
  const auto connection = database.connect();
  connection->query("CREATE TABLE t (x int PRIMARY KEY, body longblob)", soon());
  const std::vector<std::byte> body(std::size_t{1} << 20, std::byte{7});
  const auto insert = [&](std::int64_t x) {
    return Statement("INSERT INTO t VALUES ").open().int64(x).bytes(body).close();
  };
  Script script;
  for (int x = 0; x < 6; ++x) script.add(insert(x));
  connection->run(script, soon()).check();
  Script failing;
  for (const int x : {10, 11, 12, 0, 13, 14}) failing.add(insert(x));
  const auto results = connection->run(failing, soon());
  CHECK(results.status(2) == Status::ok);
  CHECK(results.status(3) == Status::failed);
  CHECK(results.status(5) == Status::aborted);
  CHECK(connection->query("SELECT COUNT(*) FROM t", soon()).int64(0, 0) == 9);
  CHECK(connection->healthy());
}

TEST_CASE("a statement that the server would not take is refused before it is sent") {
  const auto connection = connect_mysql();
  const std::vector<std::byte> body(connection->max_message_bytes() / 2);
  check_refused("sql", "max_allowed_packet", [&] {
    connection->query(Statement("SELECT LENGTH(").bytes(body).sql(")"), soon());
  });
  CHECK(connection->query("SELECT 1", soon()).int64(0, 0) == 1);
}

TEST_CASE("an answer larger than the server's messages comes whole") {
  const auto connection = connect_mysql();
  const Result row =
      connection->query("SELECT REPEAT('x', 16777215), REPEAT('y', 16777215), 1", soon());
  CHECK(row.text(0, 0).size() == 16777215);
  CHECK(row.text(0, 1).back() == 'y');
  CHECK(row.int64(0, 2) == 1);
}

TEST_CASE("an empty script is one, and what does not fit together is refused") {
  const auto connection = connect_mysql();
  CHECK(connection->run(Script(), soon()).size() == 0);
  CHECK(error_of([&] { (void)connection->receive(soon()); }).code() == ErrorCode::internal);
  connection->send(Script().add("SELECT 1"), soon());
  CHECK(error_of([&] { connection->send(Script(), soon()); }).code() == ErrorCode::internal);
  CHECK(connection->receive(soon()).at(0).int64(0, 0) == 1);
}

TEST_CASE("several statements in one cost the connection") {
  for (const char* sql : {"SELECT 1; SELECT 2", "SELECT 1; SELECT 2; SELECT 3"}) {
    const auto connection = connect_mysql();
    const Error error = error_of([&] { (void)connection->query(sql, soon()); });
    CHECK(error.code() == ErrorCode::internal);
    CHECK_FALSE(connection->healthy());
  }
}

TEST_CASE("the server gets no file of this machine") {
  ScratchDatabase database;
  const auto connection = database.connect();
  connection->query("CREATE TABLE t (x text)", soon());
  CHECK_THROWS_AS(connection->query("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t", soon()),
                  Error);
  CHECK(database.connect()->query("SELECT COUNT(*) FROM t", soon()).int64(0, 0) == 0);
}

TEST_CASE("a session that is killed in the middle is in doubt") {
  const auto connection = connect_mysql();
  connection->send(Script().add("SELECT SLEEP(10)"), soon());
  kill_session(connection->session_id());
  const Error error = error_of([&] { (void)connection->receive(soon()); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK_FALSE(connection->healthy());
}
