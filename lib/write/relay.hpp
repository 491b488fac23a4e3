#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace polystore::write {

struct RelayLimits {
  std::size_t batch = 64;
  std::chrono::milliseconds lease{30'000};  ///< Longer than any batch takes.
  /// Then an entry that fails is dead, unless the server was not there to take it.
  std::int32_t attempts = 20;
  std::chrono::milliseconds first_delay{200};
  std::chrono::milliseconds longest_delay{60'000};
};

struct Relayed {
  std::size_t applied = 0;
  std::size_t retried = 0;
  std::size_t dead = 0;
};

/// Applies outbox entries to the output store. Every step may be repeated and several relays may
/// run at once: writes are by version, and a claimed entry is nobody else's until its lease ends.
class Relay {
 public:
  Relay(ports::MetadataPort& metadata, ports::OutputPort& outputs, RelayLimits limits) noexcept
      : metadata_(metadata), outputs_(outputs), limits_(limits) {}

  /// Tries every entry that is due, once. Blocks until the deadline at most.
  /// Errors: those of the metadata store; the output store's count as retried or dead.
  Relayed run(Deadline deadline);

  /// The wait before try number `attempts` + 1: doubles from first_delay to longest_delay. Pure.
  [[nodiscard]] std::chrono::milliseconds delay_after(std::int32_t attempts) const noexcept;

 private:
  void apply(std::span<const ports::ClaimedEntry> entries, Deadline deadline, Relayed& relayed);
  void fail(const ports::ClaimedEntry& entry, const Error& error, bool permanent, Deadline deadline,
            Relayed& relayed);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  RelayLimits limits_;
};

}  // namespace polystore::write
