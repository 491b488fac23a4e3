#include "progress.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace polystore::tool {

Progress::Progress(std::string what, bool wanted)
    : what_(std::move(what)), shown_(wanted && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now < next_) return;  // not more often than an eye sees
  next_ = now + std::chrono::milliseconds(100);
  constexpr std::uint64_t width = 30;
  // More than there was at the start may come while the work goes on.
  const double share =
      total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto full = static_cast<std::size_t>(share * width);
  fmt::print(stderr, "\r{} [{}{}] {:3.0f} % ({} of {})\033[K", what_, std::string(full, '#'),
             std::string(width - full, '.'), share * 100, done, total);
  std::fflush(stderr);
}

}  // namespace polystore::tool
