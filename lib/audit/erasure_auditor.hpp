#pragma once

#include "polystore/deadline.hpp"
#include "polystore/retention.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "ports/vector_port.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace polystore::audit {

/// Looks for what is left of an erased user (Maintenance::prove_erased). Its memory is a page of
/// each store, and the keys of vectors that were found. Threads: any.
class ErasureAuditor {
 public:
  /// `vectors`: null where a store was put together without.
  ErasureAuditor(ports::MetadataPort& metadata, ports::OutputPort& outputs,
                 ports::VectorPort* vectors) noexcept
      : metadata_(metadata), outputs_(outputs), vectors_(vectors) {}

  /// Ends at the deadline with what it has. Errors: conflict, as ports::check_ownership; those of
  /// the stores.
  ErasureProof prove(std::int64_t user_id, Deadline deadline);

 private:
  // One call.
  struct Run {
    std::int64_t user_id = 0;
    Deadline deadline;
    ErasureProof proof{};
    std::set<std::string> vectors{};  // found: a scan may give one twice
  };

  void look_at_metadata(Run& run) const;
  void look_at_outbox(Run& run) const;
  void look_at_entries(Run& run, std::span<const ports::ListedEntry> entries) const;
  void look_at_outputs(Run& run) const;
  void look_at_page(Run& run, std::span<const ports::ScannedOutput> page) const;
  void look_at_bodies(Run& run) const;
  void look_at_vectors(Run& run) const;
  void look_at_part(Run& run, std::span<const ports::StoredVector> vectors) const;
  [[nodiscard]] bool is_another_users(Run& run, const ContentId& id) const;

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  ports::VectorPort* const vectors_;
};

}  // namespace polystore::audit
