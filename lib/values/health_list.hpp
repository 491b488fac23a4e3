#pragma once

#include "polystore/error.hpp"
#include "polystore/health.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::values {

/// Gathers the checks of one store.
class HealthList {
 public:
  using SystemTime = std::chrono::system_clock::time_point;

  void ok(std::string name, std::string message) {
    add(HealthStatus::ok, std::move(name), std::move(message));
  }
  void warn(std::string name, std::string message) {
    add(HealthStatus::warning, std::move(name), std::move(message));
  }
  void fail(std::string name, std::string message) {
    add(HealthStatus::failure, std::move(name), std::move(message));
  }

  /// Runs a look. An Error that it throws becomes a failure of that name; then the answer is false.
  template <class Look>
  bool look(const std::string& name, Look&& look) {
    try {
      std::forward<Look>(look)();
      return true;
    } catch (const Error& error) {
      fail(name, error.what());
      return false;
    }
  }

  /// Judges a server's clock, which was read between `before` and `after` of this machine's.
  void clock(SystemTime server, SystemTime before, SystemTime after);

  /// Judges a server's version by the release that polystore's tests run on, as "15" or "6.0".
  /// `version` is what the server says: shown only if it is digits and dots, else as "unknown".
  void version(std::string_view version, const std::string& tested);

  /// Judges a schema: 0 when there is none yet.
  void schema(std::int64_t found, std::int64_t known);

  [[nodiscard]] std::vector<HealthCheck> take() { return std::move(checks_); }

 private:
  void add(HealthStatus status, std::string name, std::string message);

  std::vector<HealthCheck> checks_;
};

}  // namespace polystore::values
