#pragma once

#include "adapters/mongo/command_parts.hpp"
#include "ports/body_port.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// The commands that keep bodies, and what is read out of their replies. A header is
///   {_id: uuid of the body, content: uuid, userId: int64}
/// and a chunk
///   {_id: {b: uuid of the body, n: int32, size: int32}, hash: int64 (XXH64), bytes: binary}.
/// Every command finds chunks by the index of _id, which alone says how much of a body is there.
namespace polystore::adapters::mongo {

inline constexpr const char* body_headers = "aiGenerated.bodies";
inline constexpr const char* body_chunks = "aiGenerated.chunks";

[[nodiscard]] Bson begin_body_command(const ports::BodyHeader& header, Deadline deadline);
[[nodiscard]] Bson write_chunk_command(const ContentId& body, std::int32_t chunk,
                                       std::span<const std::byte> bytes, Deadline deadline);
[[nodiscard]] Bson read_chunk_command(const ContentId& body, std::int32_t chunk);
[[nodiscard]] Bson measure_body_command(const ContentId& body);
[[nodiscard]] Bson erase_chunks_command(std::span<const ContentId> bodies, Deadline deadline);
[[nodiscard]] Bson scan_bodies_command(const ContentId& after, std::size_t limit);

/// Errors: data_loss for a chunk that is damaged.
[[nodiscard]] std::optional<std::vector<std::byte>> parse_chunk(const bson_t& reply,
                                                                const ContentId& body,
                                                                std::int32_t chunk);

/// Errors: data_loss for a document that has not the form it must have.
[[nodiscard]] ports::BodySize parse_body_size(const bson_t& reply);
[[nodiscard]] std::vector<ports::BodyHeader> parse_bodies(const bson_t& reply);

}  // namespace polystore::adapters::mongo
