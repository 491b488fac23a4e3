#include "adapters/mysql/factory.hpp"
#include "contract/health_contract.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

namespace polystore::test {
namespace {

using namespace std::literals;

HealthChecks checks_of(const std::string& url) {
  return adapters::mysql::open_metadata(url)->check(Deadline::after(20s));
}

void migrate(const ScratchMysql& mysql) {
  adapters::mysql::open_metadata(mysql.url())->migrate(Deadline::after(20s));
}

class MysqlHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    migrate(mysql_);
    return adapters::mysql::open_metadata(mysql_.url());
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::MetadataPort&>(port).close(); }

 private:
  ScratchMysql mysql_;
};

/// A setting of the whole server while it lives.
class GlobalSetting {
 public:
  GlobalSetting(const ScratchMysql& mysql, std::string name, const std::string& value)
      : mysql_(mysql), name_(std::move(name)), before_(mysql_.query("SELECT @@global." + name_)) {
    set(value);
  }
  GlobalSetting(const GlobalSetting&) = delete;
  GlobalSetting& operator=(const GlobalSetting&) = delete;
  ~GlobalSetting() { set(before_); }

 private:
  void set(const std::string& value) const {
    (void)mysql_.query("SET GLOBAL " + name_ + " = " + value);
  }

  const ScratchMysql& mysql_;
  std::string name_;
  std::string before_;
};

}  // namespace

std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port) {
  return adapters::mysql::open_metadata("mysql://app:s3cr3t@127.0.0.1:" + std::to_string(port) +
                                        "/app");
}

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<MysqlHealth>(); }

TEST_CASE("a look at MariaDB makes no table and says that the schema is missing") {
  const ScratchMysql mysql;
  CHECK(status_of(checks_of(mysql.url()), "schema") == HealthStatus::warning);
  CHECK(status_of(checks_of(mysql.url()), "version") == HealthStatus::ok);
  CHECK(mysql.query("SHOW TABLES").empty());
}

TEST_CASE("a schema that is newer than the library is a failed check") {
  const ScratchMysql mysql;
  migrate(mysql);
  CHECK(status_of(checks_of(mysql.url()), "schema") == HealthStatus::ok);
  (void)mysql.query("INSERT INTO polystore_schema (version) VALUES (1000)");
  CHECK(status_of(checks_of(mysql.url()), "schema") == HealthStatus::failure);
  (void)mysql.query("DELETE FROM polystore_schema");
  CHECK(status_of(checks_of(mysql.url()), "schema") == HealthStatus::warning);
}

TEST_CASE("a server that takes no writes is a failed check, and a standby") {
  const ScratchMysql mysql;
  migrate(mysql);
  const GlobalSetting read_only(mysql, "read_only", "1");
  CHECK(status_of(checks_of(mysql.url()), "role") == HealthStatus::failure);
  CHECK(adapters::mysql::open_metadata(mysql.url())->identity(Deadline::after(20s)).standby);
}

TEST_CASE("commits that do not wait for the disk are a failed check") {
  const ScratchMysql mysql;
  for (const char* level : {"0", "2"}) {
    const GlobalSetting lazy(mysql, "innodb_flush_log_at_trx_commit", level);
    const auto check = check_named(checks_of(mysql.url()), "innodb_flush_log_at_trx_commit");
    CHECK(check.status == HealthStatus::failure);
    CHECK(check.message.find("acknowledged write may be lost") != std::string::npos);
  }
  CHECK(status_of(checks_of(mysql.url()), "innodb_flush_log_at_trx_commit") == HealthStatus::ok);
}

TEST_CASE("messages shorter than an output are a warning") {
  const ScratchMysql mysql;
  CHECK(status_of(checks_of(mysql.url()), "max_allowed_packet") == HealthStatus::ok);
  const GlobalSetting small(mysql, "max_allowed_packet", "4194304");
  CHECK(status_of(checks_of(mysql.url()), "max_allowed_packet") == HealthStatus::warning);
}

TEST_CASE("a pool that may open more sessions than the server has free is a warning") {
  const ScratchMysql mysql;
  CHECK(status_of(checks_of(mysql.url() + "?pool_size=1000"), "connections") ==
        HealthStatus::warning);
  CHECK(status_of(checks_of(mysql.url() + "?pool_size=1"), "connections") == HealthStatus::ok);
}

TEST_CASE("a wrong password is a failed check that does not show it") {
  const ScratchMysql mysql;
  std::string url = mysql.url();
  const auto colon = url.find(':', url.find("://") + 3);
  url.replace(colon + 1, url.find('@') - colon - 1, "wr0ng");
  const auto check = check_named(checks_of(url), "connection");
  CHECK(check.status == HealthStatus::failure);
  CHECK(check.message.find("access_denied") != std::string::npos);
  CHECK(check.message.find("wr0ng") == std::string::npos);
}

}  // namespace polystore::test
