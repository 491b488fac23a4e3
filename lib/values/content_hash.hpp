#pragma once

#include "polystore/content.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace polystore::values {

/// SHA-256 (FIPS 180-4) over a length-prefixed form of what the caller put: every field of the
/// Draft but its id, and over the body but its id. A generated_at that was left out stays out, so
/// that a repeat of the same call has the same hash. The tags must be sorted and unique. Pure.
std::array<std::uint8_t, 32> content_hash(const Draft& draft,
                                          const std::optional<Body>& body = std::nullopt);

}  // namespace polystore::values
