#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "write/batch_run.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace polystore::write {

struct RowsErased {
  std::uint64_t contents = 0;
  std::uint64_t outputs_pending = 0;
  bool complete = false;
};

/// Erases contents by a filter, a transaction for each batch, so that it can be stopped and gone on
/// with anywhere. Threads: any.
class RowEraser {
 public:
  RowEraser(ports::MetadataPort& metadata, ports::OutputPort& outputs, std::size_t batch) noexcept
      : metadata_(metadata), outputs_(outputs), batch_(batch) {}

  /// Blocks until the deadline at most. Errors: those of the metadata store, when not one batch is
  /// known to be committed; later ones end the call early.
  RowsErased run(const ports::RowFilter& filter, Deadline deadline);

 private:
  struct Run {
    const ports::RowFilter& filter;
    BatchRun batches;
    std::uint64_t contents = 0;
  };
  struct Batch {
    std::vector<ContentId> ids{};
    std::size_t queued = 0;  // of these: those whose outputs are removed after the commit
  };

  bool try_batch(Run& run, std::optional<Batch>& doubt) const;
  static void count(Run& run, const Batch& batch);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  const std::size_t batch_;
};

}  // namespace polystore::write
