// How SQLite carries out what find runs.
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/factory.hpp"
#include "adapters/sqlite/find.hpp"
#include "contract/find_plans.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sstream>

using namespace polystore;
using namespace polystore::test;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

constexpr const char* fill = R"(
INSERT INTO models (id, name) VALUES (1, 'large'), (2, 'small'), (3, 'old');
INSERT INTO tags (id, name) VALUES (1, 'common'), (2, 'rare'), (3, 'old');
CREATE TEMP TABLE seq (i INTEGER PRIMARY KEY);
WITH RECURSIVE counter (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counter WHERE i < 30000)
INSERT INTO seq SELECT i FROM counter;
INSERT INTO users (id, name) SELECT i, 'user' FROM seq WHERE i <= 600;
INSERT INTO ai_generated_content (id, title, model_id, generated_at, user_id, prompt_tokens,
  completion_tokens, latency_micros, content_hash, version, tenant)
SELECT CAST(printf('%016d', i * 7919 % 30011) AS BLOB), 'title',
  CASE WHEN i < 1500 THEN 3 WHEN i % 2 = 0 THEN 1 ELSE 2 END, i / 3 * 3000,
  CASE WHEN i % 5 < 2 THEN 1 WHEN i < 1500 THEN 2 ELSE 10 + i % 500 END, 1, 1, 1, zeroblob(32), 1,
  CASE WHEN i < 1500 THEN 'old' WHEN i % 3 <> 0 THEN 'acme' END
FROM seq;
INSERT INTO content_tags (content_id, tag_id, generated_at)
SELECT CAST(printf('%016d', i * 7919 % 30011) AS BLOB), id, i / 3 * 3000 FROM seq JOIN tags
ON CASE id WHEN 1 THEN i % 2 = 0 WHEN 2 THEN i % 1500 = 0 ELSE i < 1500 END;
INSERT INTO content_title_words (content_id, word, generated_at)
SELECT CAST(printf('%016d', i * 7919 % 30011) AS BLOB), word, i / 3 * 3000 FROM seq JOIN
(SELECT 'report' AS word UNION SELECT 'common' UNION SELECT 'old' UNION SELECT 'rare')
ON CASE word WHEN 'report' THEN true WHEN 'common' THEN i % 2 = 1 WHEN 'old' THEN i < 1500
   ELSE i % 1500 = 7 END;
)";

// SQLite counts its instructions, not rows. Of a row that is passed over it runs about thirty.
constexpr std::int64_t steps_per_row = 40;

class FilledSqlite {
 public:
  FilledSqlite() {
    adapters::sqlite::open_metadata(folder_.sqlite_url())->migrate(soon());
    connection_ =
        sqlite::Connection::open({.path = (folder_.path() / "polystore.db").string()}, soon());
    connection_->execute("BEGIN", soon());
    connection_->execute(fill, soon());
    connection_->execute("COMMIT", soon());
  }

  struct Cost {
    std::string plan;
    std::int64_t rows = 0;
    std::int64_t instructions = 0;
  };

  Cost cost_of(const ports::FindParams& asked) {
    using namespace adapters::sqlite;
    const ports::FindParams params = ports::with_one_bound(asked);
    Cost cost;
    const auto page = [&](const ports::FindList& list, std::size_t rows) {
      const Walk walk = walk_of(*connection_, params, list, rows, soon());
      const std::string sql = find_sql(walk);
      cost.plan += plan_of(sql);
      auto statement = connection_->prepare(sql, soon());
      bind_find(statement, walk);
      std::vector<Metadata> found;
      while (statement.step()) found.emplace_back();
      cost.instructions += statement.steps_run();
      return found;
    };
    const auto count = [&](std::size_t rows) {
      return count_lists(*connection_, params, rows, soon());
    };
    cost.rows = static_cast<std::int64_t>(
        ports::find_in_lists(params, ports::find_lists(params), page, count).size());
    return cost;
  }

  std::string plan_of(const std::string& sql) {
    auto explain = connection_->prepare("EXPLAIN QUERY PLAN " + sql, soon());
    std::string plan;
    while (explain.step()) plan += explain.text(3) + '\n';
    return plan;
  }

  std::int64_t instructions_of(const std::string& sql) {
    auto statement = connection_->prepare(sql, soon());
    while (statement.step()) {
    }
    return statement.steps_run();
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<sqlite::Connection> connection_;
};

bool reads_or_sorts_all(const std::string& plan) {
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("TEMP B-TREE") != std::string::npos) return true;
    if (line.starts_with("SCAN") && line.find("USING INDEX") == std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("sqlite: find reads no table from end to end, and pages alike however deep") {
  FilledSqlite f;
  for (const auto& [name, params, one_list] : find_cases()) {
    const auto first = f.cost_of(params);
    const auto later = f.cost_of(deep(params));
    INFO(name << ":\n" << first.plan << first.rows << "\ndeep:\n" << later.plan << later.rows);
    CHECK_FALSE(reads_or_sorts_all(first.plan));
    CHECK_FALSE(reads_or_sorts_all(later.plan));
    const std::int64_t allowed = steps_per_row * (one_list ? 20 : rows_allowed);
    CHECK(first.instructions > 0);
    CHECK(first.instructions < allowed);
    CHECK(later.instructions < allowed);
  }
}

TEST_CASE("sqlite: find's plans are told when they read a table from end to end") {
  FilledSqlite f;
  const std::string whole = "SELECT id FROM ai_generated_content WHERE title = 'x' ORDER BY title";
  CHECK(reads_or_sorts_all(f.plan_of(whole)));
  CHECK(f.instructions_of(whole) > filled_rows);
}
