#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/export.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
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
