#include "polystore/sqlite/connection.hpp"

#include "adapters/sqlite/factory.hpp"
#include "contract/health_contract.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace polystore::test {
namespace {

using namespace std::literals;

class SqliteHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    auto metadata = adapters::sqlite::open_metadata(folder_.sqlite_url());
    metadata->migrate(Deadline::after(20s));
    return metadata;
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::MetadataPort&>(port).close(); }

 private:
  TemporaryFolder folder_;
};

HealthChecks checks_of(const std::string& url) {
  return adapters::sqlite::open_metadata(url)->check(Deadline::after(20s));
}

}  // namespace

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<SqliteHealth>(); }

TEST_CASE("a look at a file that is not there makes none") {
  const TemporaryFolder folder;
  const auto checks = checks_of(folder.sqlite_url());
  CHECK(status_of(checks, "schema") == HealthStatus::warning);
  CHECK(failures(checks) == 0);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(status_of(checks_of(folder.sqlite_url("none/a.db")), "connection") ==
        HealthStatus::failure);
}

TEST_CASE("a damaged file, and one that is no database, are failed checks") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "polystore.db";
  {
    const auto metadata = adapters::sqlite::open_metadata(folder.sqlite_url());
    metadata->migrate(Deadline::after(20s));
    for (std::int64_t user = 1; user < 200; ++user) {
      metadata->ensure_user(user, "name", Deadline::after(20s));
    }
  }
  CHECK(status_of(checks_of(folder.sqlite_url()), "integrity") == HealthStatus::ok);
  REQUIRE_FALSE(std::filesystem::exists(file.string() + "-wal"));
  const auto size = std::filesystem::file_size(file);
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(static_cast<std::streamoff>(size / 2));
    damage << std::string(size - size / 2, 'x');
  }
  CHECK(failures(checks_of(folder.sqlite_url())) > 0);

  std::ofstream(folder.path() / "text.db") << std::string(5000, 't');
  CHECK(status_of(checks_of(folder.sqlite_url("text.db")), "connection") == HealthStatus::failure);
}

TEST_CASE("a schema that is newer than the library is a failed check") {
  const TemporaryFolder folder;
  adapters::sqlite::open_metadata(folder.sqlite_url())->migrate(Deadline::after(20s));
  CHECK(status_of(checks_of(folder.sqlite_url()), "schema") == HealthStatus::ok);
  sqlite::Connection::open({.path = (folder.path() / "polystore.db").string()},
                           Deadline::after(20s))
      ->execute("UPDATE polystore_schema SET version = 1000", Deadline::after(20s));
  CHECK(status_of(checks_of(folder.sqlite_url()), "schema") == HealthStatus::failure);
}

TEST_CASE("of a file that keeps both, the outputs tell only their schema") {
  const TemporaryFolder folder;
  const auto stores = adapters::sqlite::open_colocated(folder.sqlite_url());
  stores.metadata->migrate(Deadline::after(20s));
  const auto before = stores.outputs->check(Deadline::after(20s));
  CHECK(before.size() == 1);
  CHECK(status_of(before, "schema") == HealthStatus::warning);
  stores.outputs->migrate(Deadline::after(20s));
  CHECK(status_of(stores.outputs->check(Deadline::after(20s)), "schema") == HealthStatus::ok);
}

}  // namespace polystore::test
