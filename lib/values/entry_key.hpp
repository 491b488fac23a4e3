#pragma once

#include "polystore/cache_key.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace polystore::values {

/// What a scope of a request was last invalidated by.
struct EpochInForce {
  std::uint64_t scope = 0;  ///< Scope::hash().
  std::int64_t epoch = 0;   ///< Above zero.
};

/// The key under which the response to a request is stored while `epochs` are in force: the digest
/// itself while there are none, else SHA-256 over both (docs/cache-key.md). `epochs` ascend by
/// scope.
std::array<std::uint8_t, CacheKey::digest_bytes> entry_key(const CacheKey::Digest& digest,
                                                           std::span<const EpochInForce> epochs);

}  // namespace polystore::values
