#pragma once

#include "polystore/content.hpp"
#include "polystore/content_id.hpp"
#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

/// How a body is cut, into chunks of limits::body_chunk_bytes of which the last may be smaller, and
/// how a database that keeps them (ports/body_port.hpp) tells that one is damaged.
namespace polystore::values {

inline constexpr auto body_chunk_bytes = static_cast<std::int64_t>(limits::body_chunk_bytes);

/// How many chunks a body has.
[[nodiscard]] inline std::int32_t body_chunks(const Body& body) noexcept {
  return static_cast<std::int32_t>((body.size_bytes + body_chunk_bytes - 1) / body_chunk_bytes);
}

/// Of one of its chunks.
[[nodiscard]] inline std::int64_t chunk_size(const Body& body, std::int32_t chunk) noexcept {
  return std::min(body_chunk_bytes, body.size_bytes - chunk * body_chunk_bytes);
}

/// What is kept beside the bytes: their XXH64 with seed 0.
std::int64_t chunk_hash(std::span<const std::byte> bytes) noexcept;

/// Says data_loss of a chunk, and which.
[[noreturn]] void fail_chunk(Backend backend, const ContentId& body, std::int32_t chunk);

}  // namespace polystore::values
