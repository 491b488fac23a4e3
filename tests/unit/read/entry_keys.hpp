#pragma once

#include "ports/response_port.hpp"

#include <cstdint>

namespace polystore::test {

/// Bytes that look like a SHA-256; the same for the same number. (SplitMix64, by S. Vigna.)
inline ports::EntryKey entry_key(std::uint64_t number) {
  ports::EntryKey key{};
  for (auto& byte : key) {
    std::uint64_t mixed = number += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    byte = static_cast<std::uint8_t>(mixed >> 56);
  }
  return key;
}

}  // namespace polystore::test
