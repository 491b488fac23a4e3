#pragma once

#include <cstdint>
#include <string>

namespace polystore::redis {

/// Where a server is.
struct Endpoint {
  std::string host{};
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace polystore::redis
