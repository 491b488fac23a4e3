#include "facade/maintenance.hpp"

#include "write/relay.hpp"

namespace polystore {

Maintenance::Maintenance(Parts parts) : parts_(std::make_unique<const Parts>(parts)) {}
Maintenance::~Maintenance() = default;

RelayReport Maintenance::relay(std::optional<Deadline> deadline) {
  write::Relay relay(parts_->metadata, parts_->outputs, write::RelayLimits{});
  const auto relayed = relay.run(parts_->deadline_or_standard(deadline));
  return {.applied = relayed.applied, .retried = relayed.retried, .dead = relayed.dead};
}

OutboxStatus Maintenance::outbox_status(std::optional<Deadline> deadline) {
  const auto stats = parts_->metadata.outbox_stats(parts_->deadline_or_standard(deadline));
  return {.pending = stats.pending,
          .pending_bytes = stats.pending_bytes,
          .oldest = stats.oldest,
          .dead = stats.dead};
}

}  // namespace polystore
