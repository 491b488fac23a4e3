// What only PostgreSQL's index of words has to show: its plan, and that a dump can be restored.
#include "adapters/postgres/factory.hpp"
#include "adapters/postgres/text_index.hpp"
#include "contract/text_contract.hpp"
#include "support/errors.hpp"
#include "support/postgres.hpp"

namespace polystore::test {
namespace {

class PostgresTextFixture : public TextFixture {
 public:
  std::unique_ptr<ports::OutputPort> open(bool text_search) override {
    return adapters::postgres::open_outputs(url_in(schema), text_search);
  }
  ScratchSchema schema;
};

std::unique_ptr<postgres::Connection> connect_to(const TextTest& test) {
  return dynamic_cast<const PostgresTextFixture&>(*test.setup).schema.connect();
}

}  // namespace

std::unique_ptr<TextFixture> TextFixture::make() { return std::make_unique<PostgresTextFixture>(); }

TEST_CASE("postgres: a search reads the index of words, and another user's contents not at all") {
  TextTest f;
  const auto session = connect_to(f);
  for (int i = 0; i < 60; ++i) f.put({.text = "common", .user_id = 1 + i % 20});
  const auto plan_of = [&](const ports::TextSearch& search) {
    auto statement = adapters::postgres::text_statement(search);
    postgres::Pipeline pipeline;
    pipeline.add(adapters::postgres::plan_for_find)
        .add("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement.sql,
             std::move(statement.params));
    auto results = session->run(pipeline, soon(), postgres::Phase::before_commit);
    results.check();
    const auto rows = results.take(1);
    std::string plan;
    for (std::size_t i = 0; i < rows.rows(); ++i) plan += std::string(rows.text(i, 0)) + '\n';
    return plan;
  };
  for (const ports::TextSearch& search :
       {ports::TextSearch{.text = "common"}, ports::TextSearch{.text = "common", .user_id = 3}}) {
    const std::string plan = plan_of(search);
    INFO(plan);
    CHECK(plan.find("Bitmap Index Scan on polystore_outputs_words") != std::string::npos);
    CHECK(plan.find("Seq Scan") == std::string::npos);
    const std::string rows =
        search.user_id ? "(actual rows=3 loops=1)" : "(actual rows=60 loops=1)";
    CHECK(plan.find("Bitmap Index Scan on polystore_outputs_words " + rows) != std::string::npos);
  }
}

TEST_CASE("postgres: the words are made whatever the search_path, as a restored dump does") {
  TextTest f;
  const auto id = f.put({.text = "fox"});
  const auto session = connect_to(f);
  const std::string table = std::string(
      session->query("SELECT current_schema() || '.polystore_outputs'", {}, soon()).text(0, 0));
  session->query("SELECT set_config('search_path', '', false)", {}, soon());
  session->query("UPDATE " + table + " SET document = document", {}, soon());
  CHECK(f.search("fox") == std::vector{id});
}

TEST_CASE("postgres: what jsonb can't hold is stored and not found") {
  TextTest f;
  const auto id = f.put({.output = Document::from_json(R"({"text":"zero\u0000 fox"})")});
  CHECK(f.port->read({&id, 1}, soon()).front());
  CHECK(f.search("fox").empty());
}

}  // namespace polystore::test
