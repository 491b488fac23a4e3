#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/maintenance.hpp"

#include "ports/body_port.hpp"
#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace polystore::audit {

/// A body that no content names.
struct StrayBody {
  ContentId body{};
  ContentId content{};   ///< That it was to be a part of.
  bool claimed = false;  ///< No put of that content can name it any more.
};

/// Finds bodies that no content names, which puts leave that died or failed half-way, and removes
/// them as the sweeper removes outputs (docs/adr/0012). Several may run at once, in several
/// processes, beside puts and erases. Threads: one.
class StrayBodies {
 public:
  StrayBodies(ports::MetadataPort& metadata, ports::OutputPort& outputs) noexcept
      : metadata_(metadata), outputs_(outputs) {}

  /// Those older than `min_age` at `now`. Reads all headers. Errors: those of the stores.
  std::vector<StrayBody> find(std::chrono::milliseconds min_age, Timestamp now, Deadline deadline);

  /// Adds what it finds and removes to a report of a sweep that is complete as to outputs; as
  /// Maintenance::sweep.
  void sweep(const SweepOptions& options, Deadline deadline, SweepReport& report);

 private:
  void look_at(std::span<const ports::BodyHeader> headers, Deadline deadline,
               std::vector<StrayBody>& strays);
  [[nodiscard]] std::set<ContentId> named_by(std::span<const ContentId> contents,
                                             Deadline deadline) const;
  [[nodiscard]] bool is_named(const ports::BodyHeader& header, Deadline deadline) const;
  void remove(std::span<const StrayBody> strays, Deadline deadline, SweepReport& report);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  std::uint64_t scanned_ = 0;
};

}  // namespace polystore::audit
