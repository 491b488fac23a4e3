#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

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
  // One call: what it has done, and what it has learnt of the stores.
  struct Run {
    const ports::RowFilter& filter;
    Deadline deadline;
    RowsErased erased{};
    bool committed = false;     // at least one batch
    bool outputs_fail = false;  // then the rest is left to the relay
  };

  struct Batch {
    std::vector<ContentId> ids{};
    std::size_t queued = 0;  // of these: those whose outputs are removed after the commit
  };

  void erase_batch(Run& run) const;
  void try_batch(Run& run, std::optional<Batch>& doubt) const;
  static void count(Run& run, const Batch& batch);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  const std::size_t batch_;
};

}  // namespace polystore::write
