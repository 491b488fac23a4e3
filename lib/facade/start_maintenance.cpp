// What the maintenance thread of a ContentStore does.
#include "facade/impl.hpp"
#include "facade/validate.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace polystore {
namespace {

// The pause of a step that has nothing to do, or fails, grows up to this, or stays as it is.
constexpr std::chrono::milliseconds idle_pause{30'000};

facade::MaintenanceStep relay_step(Maintenance& maintenance, std::chrono::milliseconds pause) {
  return {.pause = pause,
          .longest_pause = std::max(pause, idle_pause),
          .run = [&maintenance](Deadline deadline) {
            const auto report = maintenance.relay(deadline);
            return report.applied + report.retried + report.dead > 0;
          }};
}

// Goes on where the step before had to end. Always something to do: its pause grows after failures
// only.
facade::MaintenanceStep sweep_step(Maintenance& maintenance, std::chrono::milliseconds pause) {
  return {.pause = pause,
          .longest_pause = std::max(pause, idle_pause),
          .run = [&maintenance, next = std::optional<ContentId>()](Deadline deadline) mutable {
            next = maintenance.sweep({.after = next}, deadline).next;
            return true;
          }};
}

facade::MaintenanceStep retention_step(Maintenance& maintenance,
                                       const MaintenanceOptions& options) {
  return {.pause = options.retention_pause,
          .longest_pause = std::max(options.retention_pause, idle_pause),
          .run = [&maintenance, rules = options.retention](Deadline deadline) {
            std::uint64_t erased = 0;
            for (const RetentionRule& rule : rules) {
              erased += maintenance.apply_retention(rule, deadline).erased;
            }
            return erased > 0;
          }};
}

}  // namespace

void ContentStore::start_maintenance(const MaintenanceOptions& options) {
  Impl& impl = live();
  facade::check_maintenance(options);
  std::vector<facade::MaintenanceStep> steps{relay_step(impl.maintenance, options.relay_pause)};
  if (options.sweep_pause.count() > 0) {
    steps.push_back(sweep_step(impl.maintenance, options.sweep_pause));
  }
  if (!options.retention.empty()) steps.push_back(retention_step(impl.maintenance, options));
  impl.maintenance_thread.start(std::move(steps), options.step_deadline, options.on_error);
}

}  // namespace polystore
