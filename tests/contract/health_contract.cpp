// What every HealthPort promises (lib/ports/health_port.hpp), run on every backend.
#include "contract/health_contract.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using namespace std::literals;

TEST_CASE("a store that works has no failed check, each time it is asked") {
  const auto fixture = test::HealthFixture::make();
  const auto port = fixture->healthy();
  for (int i = 0; i < 3; ++i) {
    const auto checks = port->check(Deadline::after(20s));
    test::check_form(checks);
    for (const auto& check : checks) {
      INFO(check.name << ": " << check.message);
      CHECK(check.status != HealthStatus::failure);
    }
    CHECK(test::status_of(checks, "connection") == HealthStatus::ok);
  }
}

TEST_CASE("a closed store is a failed check, not an error") {
  const auto fixture = test::HealthFixture::make();
  const auto port = fixture->healthy();
  fixture->close(*port);
  const auto checks = port->check(Deadline::after(5s));
  test::check_form(checks);
  CHECK(test::status_of(checks, "connection") == HealthStatus::failure);
}
