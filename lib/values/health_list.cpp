#include "values/health_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace polystore {

std::string_view to_string(HealthStatus status) noexcept {
  static constexpr std::array<std::string_view, 3> names{"ok", "warning", "failure"};
  const auto index = static_cast<std::size_t>(status);
  return index < names.size() ? names[index] : "failure";
}

namespace values {
namespace {

using namespace std::chrono_literals;

// Beyond it, times of generation and the waits of the outbox are visibly off …
constexpr auto noticeable = 1s;
// … and beyond this, somebody's clock is simply not set.
constexpr auto not_set = 60s;

}  // namespace

void HealthList::add(HealthStatus status, std::string name, std::string message) {
  checks_.push_back({.name = std::move(name), .status = status, .message = std::move(message)});
}

void HealthList::clock(SystemTime server, SystemTime before, SystemTime after) {
  // What the way there and back may have taken is not the clock's fault.
  const auto ahead = std::max<SystemTime::duration>(server - after, 0s);
  const auto behind = std::max<SystemTime::duration>(before - server, 0s);
  const auto difference = std::max(ahead, behind);
  const std::chrono::duration<double> seconds = difference;
  const std::string text = fmt::format("{:.1f} s {} this machine's clock", seconds.count(),
                                       ahead > behind ? "ahead of" : "behind");
  if (difference <= noticeable) {
    ok("clock", "agrees with this machine's within a second");
  } else if (difference <= not_set) {
    warn("clock", text + "; synchronise both (NTP)");
  } else {
    fail("clock", text + "; set the clocks and synchronise them (NTP)");
  }
}

void HealthList::version(std::string_view version, const std::string& tested) {
  const bool plain =
      !version.empty() && version.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!plain) version = "unknown";
  if (version == tested || version.starts_with(tested + ".")) {
    ok("version", std::string(version));
  } else {
    warn("version", fmt::format("{}, not among the tested ones ({})", version, tested));
  }
}

void HealthList::schema(std::int64_t found, std::int64_t known) {
  if (found == known) {
    ok("schema", fmt::format("version {}", found));
  } else if (found == 0) {
    warn("schema", "there is none yet; `polystore migrate`, or the first open, makes it");
  } else if (found < known) {
    warn("schema", fmt::format("version {}, this library brings it to {}; run `polystore migrate`",
                               found, known));
  } else {
    fail("schema", fmt::format("version {}, this library knows up to {}; upgrade polystore here",
                               found, known));
  }
}

}  // namespace values
}  // namespace polystore
