#include "adapters/postgres/factory.hpp"
#include "contract/body_contract.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace polystore::test {
namespace {

class PostgresBodyFixture : public BodyFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override {
    return adapters::postgres::open_outputs(postgres_.url());
  }
  void remove_bodies() override {
    (void)postgres_.query("DROP TABLE polystore_bodies, polystore_body_chunks");
    (void)postgres_.query("DELETE FROM polystore_outputs_schema WHERE version > 1");
  }
  void damage(std::int32_t chunk) override {
    (void)postgres_.query(
        "UPDATE polystore_body_chunks SET bytes = decode(repeat('00', octet_length(bytes)), 'hex') "
        "WHERE n = " +
        std::to_string(chunk));
  }

 private:
  ScratchPostgres postgres_;
};

}  // namespace

std::unique_ptr<BodyFixture> BodyFixture::make() { return std::make_unique<PostgresBodyFixture>(); }

TEST_CASE("PostgreSQL spends no time on compressing chunks") {
  const ScratchPostgres postgres;
  const auto port = adapters::postgres::open_outputs(postgres.url());
  const auto soon = Deadline::after(std::chrono::seconds(20));
  port->migrate(soon);
  port->bodies().write(ContentId::generate(), 0, std::vector<std::byte>(100'000), soon);
  CHECK(postgres.query("SELECT pg_column_size(bytes) FROM polystore_body_chunks") == "100000");
}

}  // namespace polystore::test
