#include "polystore/polystore.hpp"
#include "polystore/sqlite/connection.hpp"

#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <string>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

Deadline soon() { return Deadline::after(20s); }

const HealthCheck& find_check(const std::vector<HealthCheck>& checks, const std::string& subject,
                              const std::string& name) {
  const auto found = std::ranges::find_if(checks, [&](const HealthCheck& check) {
    return check.subject == subject && check.name == name;
  });
  INFO(subject << " " << name);
  REQUIRE(found != checks.end());
  return *found;
}

std::string at_port(const std::string& scheme, const test::DeadPort& port) {
  return scheme + "://app:s3cr3t@127.0.0.1:" + std::to_string(port.port()) + "/0";
}

}  // namespace

TEST_CASE("a look at stores that are not there yet names each and makes none") {
  const test::TemporaryFolder folder;
  const auto checks = check_health({.metadata = folder.sqlite_url()}, soon());
  for (const auto& check : checks) CHECK(check.status != HealthStatus::failure);
  CHECK(find_check(checks, "metadata", "schema").status == HealthStatus::warning);
  CHECK(find_check(checks, "outputs", "schema").status == HealthStatus::warning);
  CHECK(find_check(checks, "responses", "connection").status == HealthStatus::ok);
  CHECK(find_check(checks, "vectors", "schema").status == HealthStatus::warning);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("servers that are down are failed checks of their own, all by one deadline") {
  const test::DeadPort silent(test::DeadPort::Kind::silent);
  const test::DeadPort closed(test::DeadPort::Kind::closed);
  for (const auto* port : {&silent, &closed}) {
    std::vector<HealthCheck> checks;
    test::check_ends_within(800ms, [&] {
      checks = check_health({.metadata = at_port("postgresql", *port),
                             .outputs = at_port("mongodb", *port),
                             .responses = at_port("redis", *port)},
                            Deadline::after(800ms));
    });
    CHECK(checks.size() == 4);
    for (const char* subject : {"metadata", "outputs", "responses", "vectors"}) {
      const HealthCheck& check = find_check(checks, subject, "connection");
      CHECK(check.status == HealthStatus::failure);
      CHECK(check.message.find("s3cr3t") == std::string::npos);
    }
  }
}

TEST_CASE("one server that is down hides nothing of the others") {
  const test::TemporaryFolder folder;
  const test::DeadPort silent(test::DeadPort::Kind::silent);
  (void)ContentStore::open({.metadata = folder.sqlite_url()});
  const auto checks =
      check_health({.metadata = folder.sqlite_url(), .responses = at_port("redis", silent)},
                   Deadline::after(800ms));
  CHECK(find_check(checks, "responses", "connection").status == HealthStatus::failure);
  CHECK(find_check(checks, "metadata", "schema").status == HealthStatus::ok);
  CHECK(find_check(checks, "metadata", "outbox").status == HealthStatus::ok);
}

TEST_CASE("what waits in the outbox for long, or was given up, is a warning") {
  const test::TemporaryFolder folder;
  (void)ContentStore::open({.metadata = folder.sqlite_url()});
  const auto database =
      sqlite::Connection::open({.path = (folder.path() / "polystore.db").string()}, soon());
  const auto outbox = [&](const char* change) {
    database->execute(change, soon());
    const auto checks = check_health({.metadata = folder.sqlite_url()}, soon());
    return find_check(checks, "metadata", "outbox");
  };
  const auto fresh = outbox(
      "INSERT INTO polystore_outbox (id, version, operation, created_at, next_attempt_at, body) "
      "VALUES (zeroblob(16), 1, 1, unixepoch() * 1000, 0, x'')");
  CHECK(fresh.status == HealthStatus::ok);
  CHECK(fresh.message.starts_with("1 entries wait"));
  CHECK(outbox("UPDATE polystore_outbox SET created_at = (unixepoch() - 3600) * 1000").status ==
        HealthStatus::warning);
  const auto dead = outbox("UPDATE polystore_outbox SET dead = 1");
  CHECK(dead.status == HealthStatus::warning);
  CHECK(dead.message.find("1 were given up") != std::string::npos);
}

TEST_CASE("a wrong option is an error of the look, as of open") {
  test::check_refused("metadata", "postgresql://", [] {
    (void)check_health({.metadata = "oracle://db/a", .outputs = "sqlite:x"}, soon());
  });
  test::check_refused("outputs", "is not set",
                      [] { (void)check_health({.metadata = "postgresql://db/a"}, soon()); });
}
