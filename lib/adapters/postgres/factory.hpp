#pragma once

#include "ports/metadata_port.hpp"

#include <memory>
#include <string_view>

namespace polystore::adapters::postgres {

/// Metadata in the PostgreSQL database that `url` names (polystore/postgres/options.hpp). Connects
/// when first used. Errors: invalid_argument and unsupported with field "metadata".
std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url);

}  // namespace polystore::adapters::postgres
