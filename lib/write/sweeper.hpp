#pragma once

#include "polystore/deadline.hpp"
#include "polystore/maintenance.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace polystore::write {

/// Removes outputs that no metadata row owns (docs/adr/0012). Several may run at once, in several
/// processes, beside puts, erases and relays.
class Sweeper {
 public:
  Sweeper(ports::MetadataPort& metadata, ports::OutputPort& outputs) noexcept
      : metadata_(metadata), outputs_(outputs) {}

  /// As Maintenance::sweep.
  SweepReport sweep(const SweepOptions& options, Deadline deadline);

 private:
  /// Outputs without a row, as they were found.
  struct Candidates {
    std::vector<ContentId> buried{};   ///< The metadata know the id: it was erased, or claimed.
    std::vector<ContentId> unknown{};  ///< They do not.

    [[nodiscard]] std::size_t size() const noexcept { return buried.size() + unknown.size(); }
  };

  Candidates find(const SweepOptions& options, Timestamp now, Deadline deadline,
                  SweepReport& report);
  void add_orphans(std::span<const ContentId> ids, Deadline deadline, Candidates& candidates);
  bool remove(std::span<const ContentId> ids, bool claim, Deadline deadline, SweepReport& report);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
};

}  // namespace polystore::write
