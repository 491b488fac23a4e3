#pragma once

#include "ports/content_ports.hpp"

#include <memory>
#include <string_view>

namespace polystore::adapters::postgres {

/// Metadata in the PostgreSQL database that `url` names (polystore/postgres/options.hpp). Connects
/// when first used. Errors: invalid_argument and unsupported with field "metadata".
std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url);

/// Outputs in the same way, with field "outputs". `text_search`: with an index of words.
std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search = false);

/// Both in one database, each with a pool of its own: the metadata's transactions offer
/// colocated_outputs(). Errors: as open_metadata.
ports::ContentPorts open_colocated(std::string_view url, bool text_search = false);

}  // namespace polystore::adapters::postgres
