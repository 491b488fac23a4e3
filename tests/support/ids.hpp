#pragma once

#include "polystore/content_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace polystore::test {

/// An id as a client makes it whose clock is off by so much.
inline ContentId id_made_at(std::chrono::milliseconds offset) {
  auto bytes = ContentId::generate().bytes();
  const auto time = std::chrono::system_clock::now() + offset;
  auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8) {
    bytes[i] = static_cast<std::uint8_t>(milliseconds & 0xFF);
  }
  return ContentId::from_bytes(bytes);
}

}  // namespace polystore::test
