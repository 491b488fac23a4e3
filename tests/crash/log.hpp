#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"

#include "crash/canary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace polystore::test {

/// What a writer of the crash test is about to do, and what came of it; one line each, handed to
/// the system before the call and at once after it, so that the log is never behind however the
/// writer dies. Threads: any.
///   B <call> <kind> <id>…   what is tried
///   E <call> <kind> <took, µs> <limit, µs> <kept waiting, µs> [<outcomes>]
///     per id: + done, - not applied, ? unknown
///   V <text>                what must never be
///   D                       a sign of life, written to the disk
class CrashLog {
 public:
  /// A call under way.
  struct Call {
    std::uint64_t number;
    std::string_view kind;
    Deadline::Clock::time_point begin;
    std::chrono::microseconds limit;
    std::thread::id thread;
    std::chrono::nanoseconds waited;

    [[nodiscard]] Deadline deadline() const { return Deadline::after(limit); }
  };

  CrashLog(const std::string& path, bool store_has_files)
      : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::runtime_error("cannot make " + path);
    if (!store_has_files) return;
    disk_.emplace(std::chrono::milliseconds(20), [this] {
      write_line("D");
      fdatasync(file_);
    });
  }
  CrashLog(const CrashLog&) = delete;
  CrashLog& operator=(const CrashLog&) = delete;
  ~CrashLog() {
    disk_.reset();
    close(file_);
  }

  [[nodiscard]] Call begin(std::string_view kind, std::span<const ContentId> ids,
                           std::chrono::microseconds limit) {
    const std::uint64_t number = ++calls_;
    std::string line = "B " + std::to_string(number) + " " + std::string(kind);
    for (const auto& id : ids) line += " " + id.to_string();
    write_line(line);
    const auto waited = waited_for_processor();
    return {number, kind, Deadline::Clock::now(), limit, std::this_thread::get_id(), waited};
  }

  void end(const Call& call, std::string_view outcomes) {
    const auto now = Deadline::Clock::now();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - call.begin);
    const auto waited = took > call.limit ? kept_waiting(call, now) : std::chrono::microseconds(0);
    std::string line = "E " + std::to_string(call.number) + " " + std::string(call.kind) + " " +
                       std::to_string(took.count()) + " " + std::to_string(call.limit.count()) +
                       " " + std::to_string(waited.count());
    if (!outcomes.empty()) line += " " + std::string(outcomes);
    write_line(line);
  }

  void violation(const std::string& text) { write_line("V " + text); }

 private:
  // By the machine: the thread that called, and, as the canaries tell, those that work for it.
  std::chrono::microseconds kept_waiting(const Call& call, Deadline::Clock::time_point now) {
    auto waited = processor_.kept_waiting(call.begin + call.limit, now);
    if (disk_) waited += disk_->kept_waiting(call.begin + call.limit, now);
    if (call.thread == std::this_thread::get_id()) {
      waited += std::chrono::duration_cast<std::chrono::microseconds>(waited_for_processor() -
                                                                      call.waited);
    }
    return waited;
  }

  void write_line(std::string line) const {
    line += '\n';
    // A line goes to a regular file as a whole.
    if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::runtime_error("cannot write the log");
    }
  }

  const int file_;
  CrashCanary processor_;
  std::optional<CrashCanary> disk_;  // of a store that writes files in this process
  std::atomic<std::uint64_t> calls_{0};
};

}  // namespace polystore::test
