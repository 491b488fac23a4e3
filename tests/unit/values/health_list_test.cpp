#include "values/health_list.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using values::HealthList;

namespace {

HealthCheck judge(const std::function<void(HealthList&)>& look) {
  HealthList list;
  look(list);
  auto checks = list.take();
  REQUIRE(checks.size() == 1);
  return checks.front();
}

// With the server's clock `difference` from ours and an answer that took `wait`.
HealthCheck clock_off_by(std::chrono::milliseconds difference, std::chrono::milliseconds wait) {
  const auto now = std::chrono::system_clock::now();
  return judge([&](HealthList& list) { list.clock(now + wait / 2 + difference, now, now + wait); });
}

}  // namespace

TEST_CASE("a clock is judged by how far it is off, either way") {
  CHECK(clock_off_by(0ms, 0ms).status == HealthStatus::ok);
  CHECK(clock_off_by(1s, 0ms).status == HealthStatus::ok);
  CHECK(clock_off_by(-1s, 0ms).status == HealthStatus::ok);
  CHECK(clock_off_by(1500ms, 0ms).status == HealthStatus::warning);
  CHECK(clock_off_by(-1500ms, 0ms).status == HealthStatus::warning);
  CHECK(clock_off_by(60s, 0ms).status == HealthStatus::warning);
  CHECK(clock_off_by(61s, 0ms).status == HealthStatus::failure);
  CHECK(clock_off_by(-61s, 0ms).status == HealthStatus::failure);
  CHECK(clock_off_by(2s, 0ms).message.starts_with("2.0 s ahead of"));
  CHECK(clock_off_by(-2s, 0ms).message.starts_with("2.0 s behind"));
}

TEST_CASE("a slow answer is not taken for a wrong clock") {
  CHECK(clock_off_by(0s, 30s).status == HealthStatus::ok);
  CHECK(clock_off_by(15s, 30s).status == HealthStatus::ok);
  CHECK(clock_off_by(18s, 30s).status == HealthStatus::warning);
}

TEST_CASE("a version is good when it is one of the release that was tested") {
  const auto status = [](const std::string& version, const std::string& tested) {
    return judge([&](HealthList& list) { list.version(version, tested); }).status;
  };
  CHECK(status("15.4", "15") == HealthStatus::ok);
  CHECK(status("7.0", "7.0") == HealthStatus::ok);
  CHECK(status("7.0.15", "7.0") == HealthStatus::ok);
  CHECK(status("150.4", "15") == HealthStatus::warning);
  CHECK(status("7.01", "7.0") == HealthStatus::warning);
}

TEST_CASE("what a server says is shown only if it is a version") {
  for (const std::string said : {"", "7.0 <b>", "secret", "7.0\n7.0"}) {
    const auto check = judge([&](HealthList& list) { list.version(said, "7.0"); });
    CHECK(check.status == HealthStatus::warning);
    CHECK(check.message == "unknown, not among the tested ones (7.0)");
  }
}

TEST_CASE("a schema may be older than the library, never newer") {
  const auto status = [](std::int64_t found) {
    return judge([&](HealthList& list) { list.schema(found, 3); }).status;
  };
  CHECK(status(0) == HealthStatus::warning);
  CHECK(status(2) == HealthStatus::warning);
  CHECK(status(3) == HealthStatus::ok);
  CHECK(status(4) == HealthStatus::failure);
}

TEST_CASE("an error in a look becomes a failed check, and the looks go on") {
  HealthList list;
  CHECK(list.look("good", [&] { list.ok("good", "is"); }));
  CHECK_FALSE(
      list.look("bad", [] { throw Error({.code = ErrorCode::unavailable, .message = "gone"}); }));
  const auto checks = list.take();
  REQUIRE(checks.size() == 2);
  CHECK(checks[1].name == "bad");
  CHECK(checks[1].status == HealthStatus::failure);
  CHECK(checks[1].message.find("gone") != std::string::npos);
  CHECK(to_string(checks[0].status) == "ok");
  CHECK(to_string(HealthStatus::warning) == "warning");
  CHECK(to_string(checks[1].status) == "failure");
}
