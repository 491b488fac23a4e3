#pragma once

#include "ports/response_port.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace polystore::read {

/// A key is a SHA-256 already: any of its bytes will do.
inline std::uint64_t hash_of(const ports::EntryKey& key) noexcept {
  std::uint64_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

/// For the containers of the standard library.
struct EntryHash {
  [[nodiscard]] std::size_t operator()(const ports::EntryKey& key) const noexcept {
    return hash_of(key);
  }
};

}  // namespace polystore::read
