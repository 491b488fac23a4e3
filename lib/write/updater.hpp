#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "ports/read_content.hpp"
#include "write/outbox_guard.hpp"
#include "write/planned_update.hpp"

#include <utility>

namespace polystore::write {

/// Changes contents, by version (docs/adr/0011). The metadata commit is the commit point; the read
/// copy goes through the outbox and is written to the output store only after it, because a copy
/// that was written before could not be taken back.
/// Threads: any.
class Updater {
 public:
  Updater(ports::MetadataPort& metadata, ports::OutputPort& outputs, OutboxGuard& guard,
          ports::ReadContent read)
      : metadata_(metadata), outputs_(outputs), outbox_guard_(guard), read_(std::move(read)) {}

  /// Applies a checked patch and returns the new metadata. Blocks until the deadline at most.
  /// Errors: as ContentStore::update.
  Metadata update(const ContentId& id, const Patch& patch, Deadline deadline);

 private:
  PlannedUpdate make_plan(const ContentId& id, const Patch& patch, Deadline deadline);
  bool apply(const PlannedUpdate& plan, Deadline deadline);
  ports::UpdateResult try_once(const PlannedUpdate& plan, Deadline deadline);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  OutboxGuard& outbox_guard_;
  const ports::ReadContent read_;
};

}  // namespace polystore::write
