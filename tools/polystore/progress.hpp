#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace polystore::tool {

/// A bar on the standard error, where that is a terminal; gone when the work is done.
/// Threads: one at a time.
class Progress {
 public:
  /// `wanted` is false with --json and --quiet.
  Progress(std::string what, bool wanted);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Whether anybody sees it.
  [[nodiscard]] bool shown() const noexcept { return shown_; }

  void show(std::uint64_t done, std::uint64_t total);

 private:
  const std::string what_;
  const bool shown_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace polystore::tool
