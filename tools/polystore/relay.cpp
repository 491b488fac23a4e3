#include "commands.hpp"
#include "progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace polystore::tool {
namespace {

// Shows what is left while the relay works.
void watch(const std::stop_token& stop, Progress& progress, Maintenance& maintenance,
           Deadline deadline, std::int64_t total) {
  std::mutex mutex;
  std::condition_variable_any changed;
  while (!stop.stop_requested()) {
    try {
      const auto left = maintenance.outbox_status(deadline.within(std::chrono::seconds(2))).pending;
      progress.show(static_cast<std::uint64_t>(std::max<std::int64_t>(0, total - left)),
                    static_cast<std::uint64_t>(total));
    } catch (const Error&) {
      // the relay itself tells of it
    }
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, std::chrono::milliseconds(250), [] { return false; });
  }
}

// What is left of the time to say what was done.
std::chrono::milliseconds time_to_tell(Deadline deadline) {
  return std::min(std::chrono::milliseconds(1000),
                  std::chrono::milliseconds(deadline.remaining_ms() / 10));
}

}  // namespace

ExitCode relay(Run& run) {
  ContentStore store = open_store(run);
  Maintenance& maintenance = store.maintenance();
  RelayReport report;
  bool expired = false;
  {
    Progress progress("relay", !run.arguments.json && !run.arguments.quiet);
    std::jthread watcher;
    if (progress.shown()) {
      const auto total = maintenance.outbox_status(run.deadline).pending;
      watcher = std::jthread([&, total](const std::stop_token& stop) {
        watch(stop, progress, maintenance, run.deadline, total);
      });
    }
    const Deadline end = run.deadline.less(time_to_tell(run.deadline));
    report = maintenance.relay(end);
    expired = end.expired();
  }
  const auto left = maintenance.outbox_status(run.deadline);
  run.output.set("applied", report.applied);
  run.output.set("retried", report.retried);
  run.output.set("dead", report.dead);
  run.output.set("pending", left.pending);
  run.output.line(fmt::format("handed over    {}", report.applied));
  run.output.line(fmt::format("to be retried  {}", report.retried));
  run.output.line(fmt::format("given up       {}", report.dead));
  run.output.line(fmt::format("still waiting  {}", left.pending));
  if (report.retried > 0 || report.dead > 0) return ExitCode::found;
  return left.pending > 0 && expired ? ExitCode::late : ExitCode::good;
}

}  // namespace polystore::tool
