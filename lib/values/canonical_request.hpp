#pragma once

#include "polystore/request.hpp"

#include "values/sha256.hpp"

#include <cstdint>
#include <vector>

namespace polystore::values {

struct RequestDigest {
  Sha256::Digest digest{};
  std::vector<std::uint64_t> scopes{};  ///< Scope::hash() of each that it is in, ascending, unique.
};

/// SHA-256 over the canonical form of a request, which docs/cache-key.md describes byte by byte.
/// Errors: as CacheKey::of.
RequestDigest digest_request(const Request& request);

}  // namespace polystore::values
