#include "polystore/health.hpp"

#include "open/settings.hpp"
#include "open/stores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace polystore {
namespace {

using Checks = std::vector<HealthCheck>;

bool has_schema(const Checks& checks) {
  return std::ranges::any_of(checks, [](const HealthCheck& check) {
    return check.name == "schema" && check.status == HealthStatus::ok;
  });
}

HealthCheck judge_outbox(const ports::OutboxStats& stats) {
  HealthCheck check{.name = "outbox",
                    .message = fmt::format("{} entries wait, the oldest for {} s", stats.pending,
                                           stats.oldest.count())};
  if (stats.dead > 0) {
    check.status = HealthStatus::warning;
    check.message += fmt::format(
        "; {} were given up: look at `polystore dead-letters`, mend the cause, retry them",
        stats.dead);
  } else if (stats.oldest > std::chrono::minutes(10)) {
    check.status = HealthStatus::warning;
    check.message += "; see that the output store answers and that a relay runs";
  }
  return check;
}

Checks check_metadata(ports::MetadataPort& metadata, Deadline deadline) {
  Checks checks = metadata.check(deadline);
  if (!has_schema(checks)) return checks;
  try {
    checks.push_back(judge_outbox(metadata.outbox_stats(deadline)));
  } catch (const Error& error) {
    checks.push_back({.name = "outbox", .status = HealthStatus::failure, .message = error.what()});
  }
  return checks;
}

}  // namespace

std::vector<HealthCheck> check_health(const OpenOptions& options, Deadline deadline) {
  const StoreParts parts = open::make_stores(open::resolve_settings(options));
  // At once, so that a server that does not answer takes no time from the others.
  auto outputs = std::async(std::launch::async, [&] { return parts.outputs->check(deadline); });
  auto responses = std::async(std::launch::async, [&] { return parts.responses->check(deadline); });
  auto vectors = std::async(std::launch::async, [&] { return parts.vectors->check(deadline); });
  Checks all;
  const auto append = [&](const char* subject, Checks checks) {
    for (HealthCheck& check : checks) {
      check.subject = subject;
      all.push_back(std::move(check));
    }
  };
  append("metadata", check_metadata(*parts.metadata, deadline));
  append("outputs", outputs.get());
  append("responses", responses.get());
  append("vectors", vectors.get());
  return all;
}

}  // namespace polystore
