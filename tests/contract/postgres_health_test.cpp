#include "adapters/postgres/factory.hpp"
#include "contract/health_contract.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

namespace polystore::test {
namespace {

using namespace std::literals;

HealthChecks checks_of(const std::string& url) {
  return adapters::postgres::open_metadata(url)->check(Deadline::after(20s));
}

void migrate(const ScratchPostgres& postgres) {
  adapters::postgres::open_metadata(postgres.url())->migrate(Deadline::after(20s));
}

class PostgresHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    migrate(postgres_);
    return adapters::postgres::open_metadata(postgres_.url());
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::MetadataPort&>(port).close(); }

 private:
  ScratchPostgres postgres_;
};

}  // namespace

std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port) {
  return adapters::postgres::open_metadata(
      "postgresql://app:s3cr3t@127.0.0.1:" + std::to_string(port) + "/app");
}

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<PostgresHealth>(); }

TEST_CASE("a look at PostgreSQL makes no table and says that the schema is missing") {
  const ScratchPostgres postgres;
  CHECK(status_of(checks_of(postgres.url()), "schema") == HealthStatus::warning);
  CHECK(postgres.query("SELECT count(*) FROM pg_class WHERE relname LIKE 'polystore%'") == "0");
}

TEST_CASE("a schema that is newer than the library is a failed check") {
  const ScratchPostgres postgres;
  migrate(postgres);
  CHECK(status_of(checks_of(postgres.url()), "schema") == HealthStatus::ok);
  (void)postgres.query("INSERT INTO polystore_schema (version) VALUES (1000)");
  CHECK(status_of(checks_of(postgres.url()), "schema") == HealthStatus::failure);
  (void)postgres.query("DELETE FROM polystore_schema");
  CHECK(status_of(checks_of(postgres.url()), "schema") == HealthStatus::warning);
}

TEST_CASE("a database that takes no writes is a failed check") {
  const ScratchPostgres postgres;
  (void)postgres.query("ALTER DATABASE " + postgres.query("SELECT current_database()") +
                       " SET default_transaction_read_only = on");
  CHECK(status_of(checks_of(postgres.url()), "role") == HealthStatus::failure);
}

TEST_CASE("commits that do not wait for the disk are a failed check") {
  const ScratchPostgres postgres;
  const std::string change = "ALTER DATABASE " + postgres.query("SELECT current_database()") +
                             " SET synchronous_commit = ";
  (void)postgres.query(change + "off");
  const auto check = check_named(checks_of(postgres.url()), "synchronous_commit");
  CHECK(check.status == HealthStatus::failure);
  CHECK(check.message.find("acknowledged write may be lost") != std::string::npos);
  (void)postgres.query(change + "local");
  CHECK(status_of(checks_of(postgres.url()), "synchronous_commit") == HealthStatus::ok);
}

TEST_CASE("a database that does not store UTF-8 is a failed check") {
  const ScratchPostgres postgres;
  const std::string name = postgres.query("SELECT current_database()") + "_ascii";
  (void)postgres.query("CREATE DATABASE " + name +
                       " TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
  std::string url = postgres.url();
  url.replace(url.rfind('/') + 1, std::string::npos, name);
  CHECK(status_of(checks_of(url), "encoding") == HealthStatus::failure);
  (void)postgres.query("DROP DATABASE " + name + " WITH (FORCE)");
  CHECK(status_of(checks_of(postgres.url()), "encoding") == HealthStatus::ok);
}

TEST_CASE("a pool that may open more sessions than the server has free is a warning") {
  const ScratchPostgres postgres;
  CHECK(status_of(checks_of(postgres.url() + "?pool_size=1000"), "connections") ==
        HealthStatus::warning);
  CHECK(status_of(checks_of(postgres.url() + "?pool_size=1"), "connections") == HealthStatus::ok);
}

TEST_CASE("a wrong password is a failed check that does not show it") {
  const ScratchPostgres postgres;
  std::string url = postgres.url();
  const auto colon = url.find(':', url.find("://") + 3);
  url.replace(colon + 1, url.find('@') - colon - 1, "wr0ng");
  const auto check = check_named(checks_of(url), "connection");
  CHECK(check.status == HealthStatus::failure);
  CHECK(check.message.find("access_denied") != std::string::npos);
  CHECK(check.message.find("wr0ng") == std::string::npos);
}

}  // namespace polystore::test
