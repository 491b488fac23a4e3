#pragma once

#include "polystore/deadline.hpp"
#include "polystore/maintenance.hpp"

#include "audit/judge.hpp"
#include "audit/stray_bodies.hpp"
#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace polystore::audit {

/// Compares what the stores hold (Maintenance::verify). One check per object. Its memory is a page
/// of each store and the findings.
class Verifier {
 public:
  Verifier(ports::MetadataPort& metadata, ports::OutputPort& outputs, const VerifyOptions& options)
      : metadata_(metadata),
        outputs_(outputs),
        options_(options),
        judge_(metadata, outputs),
        stray_bodies_(metadata, outputs) {}

  /// Finds what is wrong and repairs what needs neither relay nor sweeper.
  VerifyReport check(Deadline deadline);

  /// After relay and sweeper have run: notes what they have repaired.
  void note_repaired(VerifyReport& report, Deadline deadline);

 private:
  void compare_contents(Deadline deadline, VerifyReport& report);
  void check_body(const ContentId& id, std::span<const std::byte> copy, Deadline deadline,
                  VerifyReport& report);
  void judge_suspects(Deadline deadline, VerifyReport& report);
  void check_outbox(Deadline deadline, VerifyReport& report);
  void check_entries(std::span<const ports::ListedEntry> entries, Deadline deadline,
                     VerifyReport& report);
  void note_removed(std::vector<Finding*>& orphans, Deadline deadline);
  bool rewrite(const Metadata& row, const Content& copy, Deadline deadline);
  void add(Finding finding, VerifyReport& report, std::int64_t sequence = 0);
  void tell_progress(const VerifyReport& report);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  const VerifyOptions& options_;
  Judge judge_;
  StrayBodies stray_bodies_;
  Timestamp now_{};
  std::uint64_t total_ = 0;
  std::uint64_t told_ = 0;
  std::vector<Suspect> suspects_{};
  std::vector<std::int64_t> sequences_{};  // of the outbox entries, by finding
};

}  // namespace polystore::audit
