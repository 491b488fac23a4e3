#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace polystore {

/// What one relay call did.
struct RelayReport {
  std::size_t applied = 0;  ///< Entries that the output store took.
  std::size_t retried = 0;  ///< Entries put off after a failure that may pass.
  std::size_t dead = 0;     ///< Entries given up; they are kept.
};

/// The entries that the output store must still take.
struct OutboxStatus {
  std::int64_t pending = 0;
  std::int64_t pending_bytes = 0;
  std::chrono::seconds oldest{0};
  std::int64_t dead = 0;
};

/// How ContentStore::start_maintenance works. Pauses are random up to the time given, so that many
/// processes do not come at once.
struct MaintenanceOptions {
  /// Between two relays; 1 ms to 24 h. It doubles up to 30 s while nothing is due, or while the
  /// metadata store fails.
  std::chrono::milliseconds relay_pause{1'000};
  /// Between two sweeps, up to 24 h; it doubles as well while sweeps fail. Zero: no sweeps.
  std::chrono::milliseconds sweep_pause{0};
  /// Of each relay and each sweep, and so the longest that the store's destructor waits for it;
  /// 1 ms to 24 h.
  std::chrono::milliseconds step_deadline{10'000};
  /// Gets what made a step fail; the step is tried again after a pause. Called from the thread of
  /// the maintenance, never twice at once. It must not block for long, throw or destroy the store.
  std::function<void(const Error&)> on_error{};
};

/// What keeps the stores in step: for an operator's tool, or step by step where start_maintenance
/// is not wanted. Several processes may do all of it at once, and every member may be repeated.
///
/// Made by ContentStore::maintenance(); valid as long as the store is neither moved from nor
/// destroyed. Threads: any. Deadline: where none is given, OpenOptions::deadline.
class POLYSTORE_EXPORT Maintenance {
 public:
  struct Parts;

  explicit Maintenance(Parts parts);
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;
  ~Maintenance();

  /// Hands the output store what it missed while it was down. Blocks until it has tried every due
  /// entry, or the deadline. Errors: those of the metadata store.
  RelayReport relay(std::optional<Deadline> deadline = std::nullopt);

  [[nodiscard]] OutboxStatus outbox_status(std::optional<Deadline> deadline = std::nullopt);

 private:
  std::unique_ptr<const Parts> parts_;
};

}  // namespace polystore
