#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "write/batch_run.hpp"
#include "write/outbox_guard.hpp"
#include "write/planned_update.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::write {

struct ModelRenamed {
  std::int64_t contents = 0;
  std::int64_t outputs_pending = 0;
  std::int64_t skipped = 0;
  bool complete = false;
};

/// Gives every content of a model another model's name, each by its version, a transaction for each
/// batch, so that it can be stopped and gone on with anywhere. As with updates, the read copies go
/// through the outbox (docs/adr/0011). Threads: any.
class ModelRenamer {
 public:
  /// Reads contents as ContentStore::get_many does, in order; nothing where there is none, or where
  /// it is lost. Errors: those of the servers.
  using ReadContents =
      std::function<std::vector<std::optional<Content>>(std::span<const ContentId>, Deadline)>;

  ModelRenamer(ports::MetadataPort& metadata, ports::OutputPort& outputs, OutboxGuard& guard,
               ReadContents read)
      : metadata_(metadata), outputs_(outputs), outbox_guard_(guard), read_(std::move(read)) {}

  /// Blocks until the deadline at most. Errors: those of the stores, when not one batch is known to
  /// be committed; later ones end the call early.
  ModelRenamed run(const std::string& from, const std::string& to, Deadline deadline);

 private:
  struct Run {
    const std::string& from;
    const std::string& to;
    BatchRun batches;
    ModelRenamed renamed{};
    std::size_t batch = 0;  // contents of the next one
  };
  // What has become of the contents of one batch, or of one pass over all.
  struct Progress {
    std::int64_t renamed = 0;
    std::int64_t missed = 0;   // changed by others meanwhile
    std::int64_t skipped = 0;  // can't be read
  };

  Progress pass(Run& run) const;
  Progress rename(Run& run, std::span<const Metadata> rows) const;
  void apply(Run& run, std::span<const PlannedUpdate> plans, Progress& progress) const;

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  OutboxGuard& outbox_guard_;
  const ReadContents read_;
};

}  // namespace polystore::write
