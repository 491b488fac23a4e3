#pragma once

#include "ports/cache_port.hpp"
#include "ports/response_port.hpp"

#include <memory>

namespace polystore::ports {

/// The two kinds of responses that one backend keeps, over the same connections or memory.
struct ResponseStores {
  std::unique_ptr<CachePort> plain{};
  std::unique_ptr<ResponsePort> responses{};
};

}  // namespace polystore::ports
