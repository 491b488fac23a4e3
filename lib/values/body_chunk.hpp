#pragma once

#include "polystore/content_id.hpp"
#include "polystore/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// How a database that keeps the chunks of bodies (ports/body_port.hpp) tells that one is damaged.
namespace polystore::values {

/// What is kept beside the bytes: their XXH64 with seed 0.
std::int64_t chunk_hash(std::span<const std::byte> bytes) noexcept;

/// Says data_loss of a chunk, and which.
[[noreturn]] void fail_chunk(Backend backend, const ContentId& body, std::int32_t chunk);

}  // namespace polystore::values
