#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "write/outbox_guard.hpp"
#include "write/plan.hpp"

#include <optional>
#include <span>
#include <vector>

namespace polystore::write {

/// Of a put for a user who is not known.
[[nodiscard]] Error unknown_user();

struct Erased {
  bool found = false;
  bool output_pending = false;
};

/// The write protocol over a metadata store (the truth) and an output store. The metadata commit is
/// the commit point: nothing is visible before it, nothing is lost after it (docs/adr/0003).
/// Threads: any.
class Writer {
 public:
  Writer(ports::MetadataPort& metadata, ports::OutputPort& outputs, OutboxGuard& guard) noexcept
      : metadata_(metadata), outputs_(outputs), outbox_guard_(guard) {}

  /// Stores the planned puts in one transaction; an item that can't be stored fails alone.
  /// Per item: nothing for success, else its error. Blocks until the deadline at most.
  std::vector<std::optional<Error>> put(std::span<const PlannedPut* const> puts, Deadline deadline);

  /// Erases one id. Errors: those of the metadata store; an output store that is down is none.
  Erased erase(const ContentId& id, Deadline deadline);

 private:
  using Items = std::span<const PlannedPut* const>;
  using Errors = std::vector<std::optional<Error>>;
  using Outcomes = std::vector<ports::OutputOutcome>;

  Errors put_in_one_transaction(Items puts, Deadline deadline);
  // What is to be handed to the output store once it is committed.
  struct Queued {
    std::vector<std::int64_t> sequences{};
    std::vector<ports::OutputDocument> documents{};
  };
  Errors settle_outputs(ports::MetadataTransaction& transaction, Items puts, Outcomes outcomes,
                        Queued& queued, Deadline deadline);
  void deliver(const Queued& queued, Deadline deadline);
  void replace_present(std::span<const ports::OutputDocument> documents, Outcomes& outcomes,
                       Deadline deadline);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  OutboxGuard& outbox_guard_;
};

}  // namespace polystore::write
