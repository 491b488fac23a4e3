#include "commands.hpp"

#include <fmt/core.h>
#include <polystore/health.hpp>

#include <algorithm>

namespace polystore::tool {

ExitCode doctor(Run& run) {
  const auto checks = check_health(run.arguments.stores, run.deadline);
  auto list = nlohmann::ordered_json::array();
  for (const HealthCheck& check : checks) {
    run.output.line(fmt::format("{:<10} {:<19} {:<8} {}", check.subject, check.name,
                                to_string(check.status), check.message));
    list.push_back({{"subject", check.subject},
                    {"name", check.name},
                    {"status", to_string(check.status)},
                    {"message", check.message}});
  }
  const auto count = [&](HealthStatus status) {
    return std::ranges::count(checks, status, &HealthCheck::status);
  };
  const auto failures = count(HealthStatus::failure);
  const auto warnings = count(HealthStatus::warning);
  run.output.line(
      fmt::format("{} checks: {} failed, {} warnings", checks.size(), failures, warnings));
  run.output.set("checks", std::move(list));
  run.output.set("failures", failures);
  run.output.set("warnings", warnings);
  return failures == 0 ? ExitCode::good : ExitCode::found;
}

}  // namespace polystore::tool
