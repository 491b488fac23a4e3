// How PostgreSQL carries out what find sends.
#include "adapters/postgres/find.hpp"
#include "contract/find_plans.hpp"
#include "contract/postgres_metadata_fixture.hpp"

#include <regex>
#include <sstream>

using namespace polystore;
using namespace polystore::test;
namespace pq = polystore::postgres;

namespace {

constexpr const char* fill[] = {
    "INSERT INTO models (name) VALUES ('large'), ('small'), ('old')",
    "INSERT INTO tags (name) VALUES ('common'), ('rare'), ('old')",
    "INSERT INTO users (id, name) SELECT i, 'user' FROM generate_series(2, 600) AS i",
    R"(INSERT INTO ai_generated_content (id, title, title_words, model_id, generated_at, user_id,
  prompt_tokens, completion_tokens, latency_us, content_hash, version, tenant)
SELECT md5(i::text)::uuid, repeat('title', 20),
  ARRAY['report', 'w' || i % 200] || CASE WHEN i % 2 = 1 THEN ARRAY['common'] ELSE '{}' END ||
    CASE WHEN i < 1500 THEN ARRAY['old'] ELSE '{}' END ||
    CASE WHEN i % 1500 = 7 THEN ARRAY['rare'] ELSE '{}' END,
  CASE WHEN i < 1500 THEN 3 WHEN i % 2 = 0 THEN 1 ELSE 2 END,
  to_timestamp(i / 3 * 3),
  CASE WHEN i % 5 < 2 THEN 1 WHEN i < 1500 THEN 2 ELSE 10 + i % 500 END, 1, 1, 1, sha256(''), 1,
  CASE WHEN i < 1500 THEN 'old' WHEN i % 3 <> 0 THEN 'acme' END
FROM generate_series(1, 30000) AS i)",
    R"(INSERT INTO content_tags (content_id, tag_id, generated_at)
SELECT c.id, tags.id, c.generated_at
FROM generate_series(1, 30000) AS i JOIN ai_generated_content AS c ON c.id = md5(i::text)::uuid
JOIN tags ON CASE tags.name WHEN 'common' THEN i % 2 = 0 WHEN 'rare' THEN i % 1500 = 0
                            ELSE i < 1500 END)",
    "ANALYZE users, models, tags, ai_generated_content, content_tags",
};

struct FilledPostgres : PostgresFixture {
  FilledPostgres() {
    for (const auto* const sql : fill) session->query(sql, {}, soon());
  }

  /// What the server does for a page, one line per step.
  std::string plan_of(const ports::FindParams& params) {
    using namespace adapters::postgres;
    std::string plan;
    const auto lists = lists_of(params);
    const auto page = [&](const ports::FindList& list, std::size_t rows) {
      plan += explain(find_statement(params, list, rows));
      return read_metadata(run(find_statement(params, list, rows), ""));
    };
    const auto count = [&](std::size_t rows) {
      counts += explain(count_lists_statement(params, rows), plan_for_count);
      const auto counted = run(count_lists_statement(params, rows), "");
      std::vector<std::int64_t> numbers;
      for (std::size_t i = 0; i < lists.size(); ++i) numbers.push_back(counted.int64(0, i));
      return numbers;
    };
    (void)ports::find_in_lists(params, lists, page, count);
    return plan;
  }

  std::string counts;  ///< The steps of what is counted for the pages.
  std::unique_ptr<pq::Connection> session = setup->schema.connect();

 private:
  std::string explain(adapters::postgres::FindStatement statement,
                      const char* before = adapters::postgres::plan_for_find) {
    const auto rows =
        run(std::move(statement), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ", before);
    std::string plan;
    for (std::size_t i = 0; i < rows.rows(); ++i) plan += std::string(rows.text(i, 0)) + '\n';
    return plan;
  }

  pq::Result run(adapters::postgres::FindStatement statement, const std::string& before,
                 const char* plan = adapters::postgres::plan_for_find) {
    pq::Pipeline pipeline;
    pipeline.add(plan);
    pipeline.add(before + statement.sql, std::move(statement.params));
    auto results = session->run(pipeline, soon(), pq::Phase::before_commit);
    results.check();
    return results.take(1);
  }
};

/// The rows that a plan's scans of tables and indexes have looked at.
std::int64_t rows_read(const std::string& plan) {
  static const std::regex step(R"((\S[^(]*)\(actual rows=(\d+) loops=(\d+)\))");
  static const std::regex removed("Rows Removed by (?:Filter|Index Recheck): (\\d+)");
  std::int64_t rows = 0;
  std::int64_t loops = 0;  // of the scan whose lines these are; 0: of another step
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, step)) {
      const std::string name = found[1];
      const bool scan = name.find("Scan") != std::string::npos &&
                        name.find("CTE Scan") == std::string::npos &&
                        name.find("Subquery Scan") == std::string::npos;
      loops = scan ? std::stoll(found[3]) : 0;
      rows += loops * std::stoll(found[2]);
    } else if (std::regex_search(line, found, removed)) {
      rows += loops * std::stoll(found[1]);
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("postgres: find reads no table from end to end, and pages alike however deep") {
  FilledPostgres f;
  for (const auto& [name, params, one_list] : find_cases()) {
    const std::string first = f.plan_of(params);
    const std::string later = f.plan_of(deep(params));
    INFO(name << ":\n" << first << "\ndeep:\n" << later);
    CHECK(first.find("Seq Scan") == std::string::npos);
    CHECK(later.find("Seq Scan") == std::string::npos);
    if (one_list) CHECK(rows_read(first) > 0);
    CHECK(rows_read(first) < (one_list ? 120 : rows_allowed));
    CHECK(rows_read(later) < (one_list ? 120 : rows_allowed));
  }
  INFO(f.counts);
  CHECK(f.counts.find("Index Only Scan") != std::string::npos);
  CHECK(f.counts.find("Seq Scan") == std::string::npos);
  CHECK(f.counts.find("Sort") == std::string::npos);
}

TEST_CASE("postgres: find's plans are told when they read a table from end to end") {
  FilledPostgres f;
  const auto rows = f.session->query(
      "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT FROM ai_generated_content WHERE title = 'x'",
      {}, soon());
  std::string plan;
  for (std::size_t i = 0; i < rows.rows(); ++i) plan += std::string(rows.text(i, 0)) + '\n';
  CHECK(plan.find("Seq Scan") != std::string::npos);
  CHECK(rows_read(plan) == filled_rows);
}
