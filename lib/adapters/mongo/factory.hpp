#pragma once

#include "ports/output_port.hpp"

#include <memory>
#include <string_view>

/// The only header of this folder that others include.
namespace polystore::adapters::mongo {

/// Read copies in the collection "aiGenerated" of the database that `url` names
/// (polystore/mongo/options.hpp). Connects when first used.
/// `text_search`: with an index of words. Errors: invalid_argument and unsupported with field
/// "outputs".
std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search = false);

}  // namespace polystore::adapters::mongo
