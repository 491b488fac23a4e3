#pragma once

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <memory>

namespace polystore::ports {

/// What keeps contents: two stores, or both in one database.
struct ContentPorts {
  std::unique_ptr<MetadataPort> metadata{};
  std::unique_ptr<OutputPort> outputs{};
};

}  // namespace polystore::ports
