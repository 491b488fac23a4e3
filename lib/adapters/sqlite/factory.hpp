#pragma once

#include "ports/content_ports.hpp"
#include "ports/vector_port.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

/// The only header of this folder that others include. Nothing is opened before the first call.
/// Errors: those of sqlite::ConnectOptions::from_url.
namespace polystore::adapters::sqlite {

std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url);
/// `text_search`: with an index of words.
std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search = false);

/// `colocated`: the same file keeps the metadata.
std::unique_ptr<ports::VectorPort> open_vectors(std::string_view url, bool colocated,
                                                std::size_t least_log = 10'000);

/// Both in one file: the metadata's transactions offer colocated_outputs().
ports::ContentPorts open_colocated(std::string_view url, bool text_search = false);

}  // namespace polystore::adapters::sqlite
