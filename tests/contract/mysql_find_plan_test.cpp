// How MariaDB carries out what find sends.
#include "adapters/mysql/find.hpp"
#include "contract/find_plans.hpp"
#include "contract/mysql_metadata_fixture.hpp"

using namespace polystore;
using namespace polystore::test;

namespace {

constexpr const char* fill[] = {
    "INSERT INTO models (id, name) VALUES (1, 'large'), (2, 'small'), (3, 'old')",
    "INSERT INTO tags (id, name) VALUES (1, 'common'), (2, 'rare'), (3, 'old')",
    "INSERT INTO users (id, name) SELECT seq, 'user' FROM seq_2_to_600",
    R"(INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, prompt_tokens,
  completion_tokens, latency_us, content_hash, version, tenant)
SELECT UNHEX(MD5(seq)), 'title', CASE WHEN seq < 1500 THEN 3 WHEN seq % 2 = 0 THEN 1 ELSE 2 END,
  seq DIV 3 * 3000, CASE WHEN seq % 5 < 2 THEN 1 WHEN seq < 1500 THEN 2 ELSE 10 + seq % 500 END,
  1, 1, 1, REPEAT('h', 32), 1,
  CASE WHEN seq < 1500 THEN 'old' WHEN seq % 3 <> 0 THEN 'acme' END FROM seq_1_to_30000)",
    R"(INSERT INTO content_tags (content_id, tag_id, generated_at)
SELECT UNHEX(MD5(seq)), id, seq DIV 3 * 3000 FROM seq_1_to_30000 JOIN tags
ON CASE id WHEN 1 THEN seq % 2 = 0 WHEN 2 THEN seq % 1500 = 0 ELSE seq < 1500 END)",
    R"(INSERT INTO content_title_words (content_id, word, generated_at)
SELECT UNHEX(MD5(seq)), word, seq DIV 3 * 3000 FROM seq_1_to_30000 JOIN
(SELECT 'report' AS word UNION SELECT 'common' UNION SELECT 'old' UNION SELECT 'rare') AS words
ON CASE word WHEN 'report' THEN true WHEN 'common' THEN seq % 2 = 1 WHEN 'old' THEN seq < 1500
   ELSE seq % 1500 = 7 END)",
    "ANALYZE TABLE models, tags, ai_generated_content, content_tags, content_title_words",
};

struct FilledMysql : MysqlFixture {
  FilledMysql() {
    for (const auto* const sql : fill) session->query(sql, soon());
  }

  struct Cost {
    std::string statements;
    std::string bad_steps;
    std::int64_t rows = 0;
  };

  Cost cost_of(const ports::FindParams& asked) {
    using namespace adapters::mysql;
    const ports::FindParams params = ports::with_one_bound(asked);
    const auto lists = ports::find_lists(params);
    Cost cost;
    const auto page = [&](const ports::FindList& list, std::size_t rows) {
      const auto sql = find_statement(params, list, rows);
      cost.statements += sql.str() + '\n';
      cost.bad_steps += bad_steps(sql);
      cost.rows += rows_read(sql);
      return read_metadata(session->query(sql, soon()));
    };
    const auto count = [&](std::size_t rows) {
      const auto sql = count_lists_statement(params, rows);
      cost.bad_steps += bad_steps(sql);
      const auto counted = session->query(sql, soon());
      std::vector<std::int64_t> numbers;
      for (std::size_t i = 0; i < lists.size(); ++i) numbers.push_back(counted.int64(0, i));
      return numbers;
    };
    (void)ports::find_in_lists(params, lists, page, count);
    return cost;
  }

  /// The rows that the server has looked at for a statement.
  std::int64_t rows_read(const mysql::Statement& sql) {
    session->query("FLUSH STATUS", soon());
    session->query(sql, soon());
    const auto counters = session->query(
        "SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status WHERE "
        "variable_name LIKE 'Handler_read%'",
        soon());
    return counters.int64(0, 0);
  }

  /// The steps that read or sort one of the tables as a whole.
  std::string bad_steps(const mysql::Statement& sql) {
    const auto plan = session->query(mysql::Statement("EXPLAIN ").sql(sql.str()), soon());
    std::string bad;
    for (std::size_t i = 0; i < plan.rows(); ++i) {
      const auto cell = [&](std::size_t column) {
        return plan.is_null(i, column) ? std::string() : std::string(plan.text(i, column));
      };
      const std::string table = cell(2);
      if (table != "c" && table != "l" && table != "ct" && table != "w") continue;
      if (cell(3) == "ALL" || cell(9).find("filesort") != std::string::npos) {
        bad += table + " " + cell(3) + " " + cell(9) + "; ";
      }
    }
    return bad;
  }

  std::unique_ptr<mysql::Connection> session = setup->database.connect();
};

}  // namespace

TEST_CASE("mysql: find reads no table from end to end, and pages alike however deep") {
  FilledMysql f;
  for (const auto& [name, params, one_list] : find_cases()) {
    const auto first = f.cost_of(params);
    const auto later = f.cost_of(deep(params));
    INFO(name << ":\n" << first.statements << "\ndeep:\n" << later.statements);
    CHECK(first.bad_steps.empty());
    CHECK(later.bad_steps.empty());
    CHECK(first.rows > 0);
    CHECK(first.rows < (one_list ? 200 : rows_allowed));
    CHECK(later.rows < (one_list ? 200 : rows_allowed));
  }
}

TEST_CASE("mysql: find's plans are told when they read a table from end to end") {
  FilledMysql f;
  const mysql::Statement whole("SELECT 1 FROM ai_generated_content AS c WHERE title = 'x'");
  CHECK_FALSE(f.bad_steps(whole).empty());
  CHECK(f.rows_read(whole) > filled_rows);
}
