#pragma once

#include "polystore/health.hpp"

#include "ports/health_port.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace polystore::test {

/// One store for one test of the health contract (health_contract.cpp). Each backend's program
/// defines make().
class HealthFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<HealthFixture> make();

  HealthFixture() = default;
  HealthFixture(const HealthFixture&) = delete;
  HealthFixture& operator=(const HealthFixture&) = delete;
  virtual ~HealthFixture() = default;

  /// A store that works and has its schema.
  virtual std::unique_ptr<ports::HealthPort> healthy() = 0;

  /// Ends the store's sessions.
  virtual void close(ports::HealthPort& port) = 0;
};

/// A store whose server is at this port of this machine, with the password "s3cr3t" in its URL.
/// Each program that runs health_server_contract.cpp defines it.
std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port);

using HealthChecks = std::vector<HealthCheck>;

inline std::size_t failures(const HealthChecks& checks) {
  return static_cast<std::size_t>(
      std::ranges::count(checks, HealthStatus::failure, &HealthCheck::status));
}

/// Checks what holds for every check that a port gives.
inline void check_form(const HealthChecks& checks) {
  REQUIRE_FALSE(checks.empty());
  for (const auto& check : checks) {
    INFO(check.name << ": " << check.message);
    CHECK(check.subject.empty());
    CHECK_FALSE(check.name.empty());
    CHECK_FALSE(check.message.empty());
    CHECK(check.message.find("s3cr3t") == std::string::npos);
    CHECK(check.message.find("://") == std::string::npos);
  }
}

/// The check of that name, which must be there once.
inline HealthCheck check_named(const HealthChecks& checks, const std::string& name) {
  INFO("looking for the check " << name);
  REQUIRE(std::ranges::count(checks, name, &HealthCheck::name) == 1);
  return *std::ranges::find(checks, name, &HealthCheck::name);
}

inline HealthStatus status_of(const HealthChecks& checks, const std::string& name) {
  const HealthCheck check = check_named(checks, name);
  UNSCOPED_INFO(name << ": " << check.message);
  return check.status;
}

}  // namespace polystore::test
