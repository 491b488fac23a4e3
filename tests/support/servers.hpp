#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>

namespace polystore::test {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The value of POLYSTORE_TEST_<name>, for example "POSTGRES_URL". Without it the test is skipped,
/// or fails where POLYSTORE_TEST_REQUIRE_SERVERS=1 says that servers must be there.
inline std::string require_server(const std::string& name) {
  const std::string variable = "POLYSTORE_TEST_" + name;
  std::string value = environment(variable.c_str());
  if (value.empty()) {
    if (environment("POLYSTORE_TEST_REQUIRE_SERVERS") == "1") FAIL(variable << " is not set");
    SKIP(variable << " is not set; tests/run.sh starts the servers and sets it");
  }
  return value;
}

}  // namespace polystore::test
