#pragma once

#include "polystore/error.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <string>

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

}  // namespace polystore::ports
