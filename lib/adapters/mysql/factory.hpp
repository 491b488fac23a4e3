#pragma once

#include "ports/metadata_port.hpp"

#include <memory>
#include <string_view>

namespace polystore::adapters::mysql {

/// Metadata in the MariaDB or MySQL database that `url` names (polystore/mysql/options.hpp).
/// Connects when first used. Errors: invalid_argument and unsupported with field "metadata".
std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url);

}  // namespace polystore::adapters::mysql
