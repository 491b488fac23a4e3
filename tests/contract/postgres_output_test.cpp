// What only the PostgreSQL outputs can show: JSON that SQL searches beside the bytes that are read.
#include "adapters/postgres/factory.hpp"
#include "contract/health_contract.hpp"
#include "contract/output_contract.hpp"
#include "support/errors.hpp"
#include "support/server_stores.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

namespace polystore::test {
namespace {

using namespace std::literals;
using adapters::postgres::open_outputs;
using ports::OutputDocument;
using ports::OutputStatus;

class PostgresOutputFixture : public OutputFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override { return open_outputs(postgres_.url()); }

 private:
  ScratchPostgres postgres_;
};

class PostgresOutputHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    auto port = open_outputs(postgres_.url());
    port->migrate(Deadline::after(20s));
    return port;
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::OutputPort&>(port).close(); }

 private:
  ScratchPostgres postgres_;
};

struct Fixture {
  Fixture() { port->migrate(soon()); }
  static Deadline soon() { return Deadline::after(60s); }

  struct Item {
    ContentId id{};
    std::int64_t version = 1;
    std::string title = "title";
    std::string json = "{}";
  };

  std::vector<OutputStatus> write(const std::vector<Item>& items) {
    std::vector<std::vector<std::byte>> copies;
    std::vector<OutputDocument> documents;
    for (const auto& item : items) copies.push_back(copy_of(item));
    for (std::size_t i = 0; i < items.size(); ++i) {
      documents.push_back({items[i].id, items[i].version, copies[i]});
    }
    std::vector<OutputStatus> statuses;
    for (const auto& outcome : port->write(documents, soon())) statuses.push_back(outcome.status);
    return statuses;
  }

  static std::vector<std::byte> copy_of(const Item& item) {
    return values::encode_read_copy({.id = item.id,
                                     .version = item.version,
                                     .title = item.title,
                                     .model = "model",
                                     .user_id = 1},
                                    Document::from_json(item.json));
  }

  [[nodiscard]] std::vector<std::byte> read(const ContentId& id) const {
    const auto found = port->read({&id, 1}, soon()).front();
    REQUIRE(found);
    return found->bson;
  }

  /// How many documents meet an SQL condition.
  [[nodiscard]] std::string count(const std::string& condition) const {
    return postgres.query("SELECT count(*) FROM polystore_outputs WHERE " + condition);
  }

  ScratchPostgres postgres;
  std::unique_ptr<ports::OutputPort> port = open_outputs(postgres.url());
};

}  // namespace

std::unique_ptr<OutputFixture> OutputFixture::make() {
  return std::make_unique<PostgresOutputFixture>();
}

std::unique_ptr<HealthFixture> HealthFixture::make() {
  return std::make_unique<PostgresOutputHealth>();
}

std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port) {
  return open_outputs("postgresql://app:s3cr3t@127.0.0.1:" + std::to_string(port) + "/app");
}

TEST_CASE("a document is read as it was written where jsonb keeps something else") {
  Fixture f;
  for (const char* json :
       {R"({"b":1,"a":2})", R"({"one":1,"real":1.0,"zero":-0.0})", R"({"a":1,"a":2})",
        R"({"small":5e-324,"large":1.7976931348623157e308,"whole":9223372036854775807})",
        R"({"text":"NUL \u0000 and ￿ and \\u0000"})", R"({"$date":"x","list":[[],{}]})"}) {
    INFO(json);
    const Fixture::Item item{.id = ContentId::generate(), .json = json};
    REQUIRE(f.write({item}).front() == OutputStatus::stored);
    CHECK(f.read(item.id) == Fixture::copy_of(item));
  }
}

TEST_CASE("documents are searched as jsonb, with their metadata") {
  Fixture f;
  const Fixture::Item item{.id = ContentId::generate(),
                           .title = "News",
                           .json = R"({"summary":"short","score":0.5,"topics":["ai","cpp"]})"};
  f.write({item, {.id = ContentId::generate()}});
  const std::string id = "id = '" + item.id.to_string() + "' AND ";
  CHECK(f.count(id + R"(document @> '{"output":{"topics":["cpp"]}}')") == "1");
  CHECK(f.count(R"(document @> '{"output":{"topics":["cpp"]}}')") == "1");
  CHECK(f.count(id + "(document #>> '{output,score}')::float8 > 0.4") == "1");
  CHECK(f.count(id + "document ->> 'title' = 'News' AND document ->> 'modelUsed' = 'model'") ==
        "1");
  CHECK(f.count(id + "version = 1 AND NOT document ? '_id'") == "1");
  auto changed = item;
  changed.version = 2;
  changed.json = R"({"summary":"long"})";
  f.write({changed});
  CHECK(f.count(id + R"(document @> '{"output":{"summary":"long"},"version":2}')") == "1");
}

TEST_CASE("what jsonb can't hold is stored all the same, and not searched") {
  Fixture f;
  const Fixture::Item nul{.id = ContentId::generate(), .json = R"({"text":"a\u0000b"})"};
  const Fixture::Item plain{.id = ContentId::generate(), .json = R"({"text":"a"})"};
  for (const auto status : f.write({nul, plain})) CHECK(status == OutputStatus::stored);
  CHECK(f.read(nul.id) == Fixture::copy_of(nul));
  CHECK(f.count("document IS NULL") == "1");
  CHECK(f.count("document IS NOT NULL AND id = '" + plain.id.to_string() + "'") == "1");
  // Escapes make JSON six times as long as BSON: more than a statement should carry.
  Fixture::Item long_text{.id = ContentId::generate()};
  std::string escapes;
  for (int i = 0; i < 6 << 20; ++i) escapes += "\\u0001";
  long_text.json = R"({"text":")" + escapes + R"("})";
  CHECK(f.write({long_text}).front() == OutputStatus::stored);
  CHECK((f.read(long_text.id) == Fixture::copy_of(long_text)));
  CHECK(f.count("document IS NULL") == "2");
}

TEST_CASE("one call may write several versions of a document") {
  Fixture f;
  const Fixture::Item one{.id = ContentId::generate(), .json = R"({"n":1})"};
  auto two = one;
  two.version = 2;
  const Fixture::Item other{.id = ContentId::generate()};
  using enum OutputStatus;
  CHECK(f.write({one, other, two}) == std::vector{stored, stored, stored});
  CHECK(f.read(one.id) == Fixture::copy_of(two));
  CHECK(f.write({two, one}) == std::vector{stored, superseded});
  CHECK(f.read(one.id) == Fixture::copy_of(two));
}

TEST_CASE("a document that a rule of the database's owner forbids is refused alone") {
  Fixture f;
  (void)f.postgres.query("ALTER TABLE polystore_outputs ADD CHECK (document ->> 'title' <> 'bad')");
  std::vector<Fixture::Item> items(5);
  for (auto& item : items) item.id = ContentId::generate();
  items[3].title = "bad";
  const auto statuses = f.write(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK(statuses[i] == (i == 3 ? OutputStatus::rejected : OutputStatus::stored));
  }
  CHECK(f.count("true") == "4");
}

TEST_CASE("outputs of a newer schema are refused, and of tables that are not ours") {
  Fixture f;
  (void)f.postgres.query("INSERT INTO polystore_outputs_schema (version) VALUES (1000)");
  const Error newer = error_of([&] { open_outputs(f.postgres.url())->migrate(Fixture::soon()); });
  CHECK(newer.code() == ErrorCode::schema_mismatch);
  CHECK(status_of(f.port->check(Fixture::soon()), "schema") == HealthStatus::failure);

  const ScratchPostgres foreign;
  (void)foreign.query("CREATE TABLE polystore_outputs (x int)");
  const Error error = error_of([&] { open_outputs(foreign.url())->migrate(Fixture::soon()); });
  CHECK(error.code() == ErrorCode::schema_mismatch);
  CHECK(foreign.query("SELECT to_regclass('polystore_outputs_schema') IS NULL") == "t");
}

TEST_CASE("outputs in the metadata's database have tables and versions of their own") {
  const ScratchPostgres postgres;
  const auto metadata = adapters::postgres::open_metadata(postgres.url());
  const auto outputs = open_outputs(postgres.url());
  outputs->migrate(Fixture::soon());
  CHECK(status_of(metadata->check(Fixture::soon()), "schema") == HealthStatus::warning);
  metadata->migrate(Fixture::soon());
  CHECK(status_of(metadata->check(Fixture::soon()), "schema") == HealthStatus::ok);
  CHECK(status_of(outputs->check(Fixture::soon()), "schema") == HealthStatus::ok);
}

}  // namespace polystore::test
