#include "polystore/mysql/statement.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::mysql;
using namespace std::string_literals;

namespace {

std::string literal(std::string_view text) { return Statement("").text(text).str(); }

}  // namespace

TEST_CASE("text becomes a literal that no sql_mode reads otherwise") {
  CHECK(literal("") == "''");
  CHECK(literal("plain") == "'plain'");
  CHECK(literal("it's '' \"q\" `b`; -- x") == "'it''s '''' \"q\" `b`; -- x'");
  CHECK(literal("Größe 🙂\n") == "'Größe 🙂\n'");
  CHECK(literal("\\") == "_utf8mb4 X'5C'");
  CHECK(literal("\\' OR 1=1 -- ") == "_utf8mb4 X'5C27204F5220313D31202D2D20'");
  CHECK(literal("a\0b"s) == "_utf8mb4 X'610062'");
}

TEST_CASE("no literal of any two bytes holds a backslash or an odd quote") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string sql = literal(text);
      if (sql.find('\\') != std::string::npos || sql.find('\0') != std::string::npos) FAIL(sql);
      if (sql.starts_with("_utf8mb4 X'")) continue;
      // Read as SQL reads it, doubled quotes are one, and what comes back is the text.
      std::string read;
      REQUIRE((sql.size() >= 2 && sql.front() == '\'' && sql.back() == '\''));
      for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
        if (sql[i] == '\'') ++i;
        read += sql[i];
      }
      if (read != text) FAIL(sql);
    }
  }
}

TEST_CASE("other values become literals") {
  CHECK(Statement("").int64(-5).str() == "-5");
  CHECK(Statement("").int64(std::numeric_limits<std::int64_t>::min()).str() ==
        "-9223372036854775808");
  CHECK(Statement("").null().str() == "NULL");
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{0x5C}, std::byte{255}};
  CHECK(Statement("").bytes(bytes).str() == "X'005CFF'");
  CHECK(Statement("").bytes({}).str() == "X''");
  CHECK(Statement("").uuid({1, 2, 255}).str() == "X'0102FF00000000000000000000000000'");
}

TEST_CASE("values, rows and lists are parted by commas") {
  Statement insert("INSERT INTO t VALUES ");
  for (const std::int64_t n : {1, 2}) insert.open().int64(n).text("x").close();
  CHECK(insert.str() == "INSERT INTO t VALUES (1, 'x'), (2, 'x')");
  CHECK(Statement("UPDATE t SET a = ").int64(1).sql(", b = ").null().str() ==
        "UPDATE t SET a = 1, b = NULL");
  const std::vector<std::int64_t> numbers{3, 4};
  const std::vector<std::string_view> texts{"a", "b"};
  const std::vector<Uuid> uuids{{}};
  CHECK(Statement("x IN ").int64_list(numbers).str() == "x IN (3, 4)");
  CHECK(Statement("x IN ").text_list(texts).sql(" AND y").str() == "x IN ('a', 'b') AND y");
  CHECK(Statement("x IN ").uuid_list(uuids).str() == "x IN (X'00000000000000000000000000000000')");
  CHECK(Statement("x IN ").int64_list({}).str() == "x IN (NULL)");
  CHECK(Statement("x IN ").text_list({}).str() == "x IN (NULL)");
  CHECK(Statement("x IN ").uuid_list({}).str() == "x IN (NULL)");
}

TEST_CASE("a statement's text is bounded, one value of 16 MiB and more fits") {
  const std::vector<std::byte> large(std::size_t{16} << 20);
  Statement statement("SELECT ");
  statement.bytes(large);
  CHECK(statement.size_bytes() > 2 * large.size());
  test::check_refused("sql", "67108864 bytes", [&] { statement.bytes(large); });
  const std::string text(std::size_t{40} << 20, 'x');
  test::check_refused("sql", "67108864 bytes", [&] { statement.sql(text); });
  test::check_refused("sql", "67108864 bytes", [&] { Statement("").text(text); });
}

TEST_CASE("scripts are joined in order") {
  Script script;
  script.add("a").append(Script().add("b").add(Statement("c")));
  REQUIRE(script.size() == 3);
  CHECK(script.statements()[2].str() == "c");
}
