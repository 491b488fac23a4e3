#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace polystore {

enum class HealthStatus : std::uint8_t {
  ok,
  warning,  ///< It works, but something may be lost, full or untested: `message` says what.
  failure,  ///< It does not work, or acknowledged data may be lost.
};

/// One thing that was looked at. No member holds a password, URL or text of a server.
struct HealthCheck {
  std::string subject{};  ///< "metadata", "outputs", "responses" or "vectors".
  std::string name{};     ///< What was looked at: "connection", "version", "clock", …
  HealthStatus status = HealthStatus::ok;
  std::string message{};  ///< What was found, and what to do about it.
};

POLYSTORE_EXPORT std::string_view to_string(HealthStatus status) noexcept;

/// Looks at each store that the options name (and the environment, as ContentStore::open): whether
/// it answers, its version, what it promises about durability, its schema, clock and room. Changes
/// nothing: no schema is made, no file created. All stores are looked at at once, each on sessions
/// of its own. Blocks until `deadline` at most; the options' own deadlines play no part.
/// Errors: invalid_argument and unsupported, as open, for the options. A server that is down is
/// no error here: it is a failed check.
/// Threads: any. A retry is safe.
[[nodiscard]] POLYSTORE_EXPORT std::vector<HealthCheck> check_health(const OpenOptions& options,
                                                                     Deadline deadline);

}  // namespace polystore
