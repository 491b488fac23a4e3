#include "facade/maintenance_thread.hpp"

#include "support/unexpected.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace polystore::facade {
namespace {

Error start_error(ErrorCode code, std::string message) {
  return Error({.code = code, .operation = "start_maintenance", .message = std::move(message)});
}

}  // namespace

MaintenanceThread::~MaintenanceThread() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void MaintenanceThread::start(std::vector<MaintenanceStep> steps,
                              std::chrono::milliseconds step_deadline, OnError on_error) {
  const std::lock_guard lock(mutex_);
  if (stopped_) throw start_error(ErrorCode::closed, "the store is closed; open a new one");
  if (thread_.joinable()) {
    throw start_error(ErrorCode::conflict,
                      "it was started before, and runs until the store closes");
  }
  planned_.clear();
  for (auto& step : steps) {
    auto backoff = backoff_of(step);
    const auto due = Deadline::Clock::now() + backoff.next();
    planned_.push_back({.step = std::move(step), .backoff = backoff, .due = due});
  }
  step_deadline_ = step_deadline;
  on_error_ = std::move(on_error);
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    throw start_error(ErrorCode::overloaded,
                      "the system gives this process no more threads; try again when it does");
  }
}

void MaintenanceThread::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
}

void MaintenanceThread::work() {
  for (;;) {
    const auto next = std::ranges::min_element(planned_, {}, &Planned::due);
    if (next == planned_.end() || !wait_until(next->due)) return;
    run(*next);
  }
}

// False when the thread is to end.
bool MaintenanceThread::wait_until(TimePoint due) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_until(lock, due, [this] { return stopped_; });
}

void MaintenanceThread::run(Planned& planned) {
  if (run_step(planned.step)) planned.backoff = backoff_of(planned.step);
  planned.due = Deadline::Clock::now() + planned.backoff.next();
}

// True when the step found something to do.
bool MaintenanceThread::run_step(const MaintenanceStep& step) {
  try {
    return step.run(Deadline::after(step_deadline_));
  } catch (const Error& error) {
    report(error);
  } catch (const std::exception&) {
    report(support::unexpected("maintenance", Outcome::not_applied));
  }
  return false;
}

void MaintenanceThread::report(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;  // what fails because the store was closed is no failure
  }
  if (on_error_) on_error_(error);
}

}  // namespace polystore::facade
