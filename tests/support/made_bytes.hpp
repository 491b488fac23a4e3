#pragma once

#include "polystore/bodies.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace polystore::test {

/// Bytes that look random, every value among them; the same for the same seed.
inline std::vector<std::byte> made_bytes(std::size_t size, std::uint32_t seed = 1) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;  // Numerical Recipes' generator
    byte = static_cast<std::byte>(seed >> 24U);
  }
  return bytes;
}

/// Gives bytes in pieces of at most `piece`.
inline BodySource source_of(std::vector<std::byte> bytes,
                            std::size_t piece = std::size_t{1} << 20) {
  auto shared = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  return [shared, piece, at = std::size_t{0}](std::span<std::byte> into) mutable {
    const std::size_t size = std::min({piece, into.size(), shared->size() - at});
    std::copy_n(shared->begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
    at += size;
    return size;
  };
}

/// Keeps what it is given.
inline BodySink sink_into(std::vector<std::byte>& bytes) {
  return [&bytes](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  };
}

}  // namespace polystore::test
