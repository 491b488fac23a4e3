#pragma once

#include "polystore/deadline.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "write/batch_run.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace polystore::write {

struct UserErased {
  bool user_found = false;
  std::int64_t contents = 0;
  std::int64_t outputs_pending = 0;
  bool complete = false;
  std::int64_t epoch = 0;  ///< Once complete: of the invalidation of the user's cached responses.
};

/// Erases users with all that they own, a transaction for each batch, so that it can be stopped and
/// gone on with anywhere. The last one also invalidates the user's cached responses. Threads: any.
class UserEraser {
 public:
  UserEraser(ports::MetadataPort& metadata, ports::OutputPort& outputs,
             std::size_t batch = 500) noexcept
      : metadata_(metadata), outputs_(outputs), batch_(batch) {}

  /// Blocks until the deadline at most. Errors: those of the metadata store, when not one batch is
  /// known to be committed; later ones end the call early.
  UserErased run(std::int64_t user_id, Deadline deadline);

 private:
  struct Run {
    std::int64_t user_id = 0;
    BatchRun batches;
    UserErased erased{};
  };
  struct Batch {
    ports::ErasedOfUser erased{};
    std::size_t queued = 0;  // of its contents: those whose outputs are removed after the commit
  };

  bool try_batch(Run& run, std::optional<Batch>& doubt) const;
  static void count(Run& run, const Batch& batch);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  const std::size_t batch_;
};

}  // namespace polystore::write
