#pragma once

#include "polystore/content_id.hpp"
#include "polystore/request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore {

/// Which contents are kept no longer: those that meet all that is given, of which there must be
/// something.
struct RetentionRule {
  /// Generated longer ago than this: by Metadata::generated_at and the metadata server's clock.
  /// More than 0, up to 1000 years.
  std::optional<std::chrono::milliseconds> older_than{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::size_t batch = 500;  ///< Contents of one transaction; 1 to limits::items_per_batch.
  bool dry_run = false;     ///< Only count.
};

/// What apply_retention has done by the time it returns.
struct RetentionReport {
  std::uint64_t matching = 0;         ///< Contents that the rule meets; those erased, or to be.
  std::uint64_t erased = 0;           ///< By this call, as far as it knows. No reader sees them.
  std::uint64_t outputs_pending = 0;  ///< Of their read copies, still to be removed: relay does it.
  bool complete = false;              ///< Nothing that the rule meets is left. Else: call again.
};

/// What prove_erased looked at, and what it found of the user.
struct ErasureProof {
  static constexpr std::size_t most_ids = 100;

  // Found:
  bool user_known = false;           ///< The user itself.
  std::uint64_t contents = 0;        ///< Rows of the metadata.
  std::uint64_t outbox_entries = 0;  ///< Read copies in the outbox, of contents without a row.
  std::uint64_t outputs = 0;         ///< Read copies in the output store.
  std::uint64_t outputs_queued = 0;  ///< Of these, those that relay will remove.
  /// Of erased contents of the user, or of contents of which nothing tells any more whose they
  /// were.
  std::uint64_t vectors = 0;
  std::uint64_t bodies = 0;      ///< That were put for contents of the user.
  std::uint64_t unreadable = 0;  ///< Read copies that do not tell whose they are.
  std::vector<ContentId> ids{};  ///< Of what was found but the rows: the first hundred.

  // Looked at:
  std::uint64_t scanned_outbox_entries = 0;
  std::uint64_t scanned_outputs = 0;
  std::uint64_t scanned_vectors = 0;
  std::uint64_t scanned_bodies = 0;
  bool complete = false;  ///< Everything was looked at before the deadline.

  /// Nothing of the user is left.
  [[nodiscard]] bool proven() const noexcept {
    return complete && !user_known &&
           contents + outbox_entries + outputs + vectors + bodies + unreadable == 0;
  }
};

}  // namespace polystore
