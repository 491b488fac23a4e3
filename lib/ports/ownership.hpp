#pragma once

#include "polystore/error.hpp"
#include "polystore/maintenance.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace polystore::ports {

/// What must hold before anything is concluded from an output without a row: the metadata server is
/// no standby, which may lack rows, and the outputs are recorded as this metadata store's.
/// Errors: conflict, which says what to do; those of either store.
inline MetadataIdentity check_ownership(MetadataPort& metadata, OutputPort& outputs,
                                        const std::string& operation, Deadline deadline) {
  MetadataIdentity identity = metadata.identity(deadline);
  const auto refuse = [&](std::string message) {
    throw Error(
        {.code = ErrorCode::conflict, .operation = operation, .message = std::move(message)});
  };
  if (identity.standby) {
    refuse("the metadata server is a standby, which may lack contents; name the primary");
  }
  const std::string owner = outputs.claim_for(identity.store_id, deadline);
  if (owner != identity.store_id) {
    refuse("these outputs belong to the metadata store " + owner + ", and this one is " +
           identity.store_id +
           "; correct the URLs, or remove the record of the owner from the output store when you "
           "are sure (docs/maintenance.md)");
  }
  return identity;
}

/// What a sweep found whose ids the metadata do not know. What belongs to ids that they know, since
/// it was erased or claimed, is an orphan beyond doubt.
struct UnknownFound {
  std::string what{};  ///< "outputs", …
  std::uint64_t count = 0;
  std::uint64_t scanned = 0;
};

/// Ends a sweep that would remove more of it than puts leave that died.
/// Errors: conflict, which says what to do; those of the metadata store.
inline void check_few_unknown(MetadataPort& metadata, const SweepOptions& options,
                              const UnknownFound& found, Deadline deadline) {
  const auto refuse = [](std::string message) {
    throw Error({.code = ErrorCode::conflict, .operation = "sweep", .message = std::move(message)});
  };
  if (found.count == 0) return;
  if (metadata.scan_rows({}, 1, deadline).empty()) {
    refuse("the metadata database has no content at all although there are " + found.what +
           "; check that it is the right one, or restore it");
  }
  const double share = options.largest_share * static_cast<double>(found.scanned);
  if (found.count <= options.always_allowed || static_cast<double>(found.count) <= share) return;
  refuse(
      std::to_string(found.count) + " of " + std::to_string(found.scanned) + " " + found.what +
      " belong to nothing in the metadata, which is more than puts that failed leave; check that "
      "the metadata database is the right one and not restored from an older backup, or allow "
      "more by largest_share");
}

}  // namespace polystore::ports
