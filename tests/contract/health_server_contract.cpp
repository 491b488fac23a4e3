// What every HealthPort of a server promises beside health_contract.cpp.
#include "contract/health_contract.hpp"
#include "support/faults.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using namespace std::literals;

TEST_CASE("a server that is not there is a failed check, not an error") {
  const test::DeadPort nobody(test::DeadPort::Kind::closed);
  const auto port = test::store_at(nobody.port());
  const auto checks = port->check(Deadline::after(2s));
  test::check_form(checks);
  CHECK(test::status_of(checks, "connection") == HealthStatus::failure);
}

TEST_CASE("a server that does not answer is a failed check by the deadline") {
  const test::DeadPort silent(test::DeadPort::Kind::silent);
  const auto port = test::store_at(silent.port());
  test::HealthChecks checks;
  test::check_ends_within(700ms, [&] { checks = port->check(Deadline::after(700ms)); });
  test::check_form(checks);
  CHECK(test::status_of(checks, "connection") == HealthStatus::failure);
}
