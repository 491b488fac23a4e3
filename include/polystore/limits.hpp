#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The limits that every backend keeps, so that data can move between them.
namespace polystore::limits {

inline constexpr std::size_t title_characters = 255;  ///< Unicode code points; at least 1.
inline constexpr std::size_t model_characters = 255;  ///< Unicode code points; at least 1.
inline constexpr std::size_t tag_characters = 100;    ///< Unicode code points; at least 1.
inline constexpr std::size_t tags_per_content = 64;
inline constexpr std::size_t user_name_characters = 255;  ///< Unicode code points; at least 1.

/// A Content as MongoDB stores it (output, metadata and field names) in one BSON document.
inline constexpr std::size_t content_bytes = std::size_t{16} * 1024 * 1024;
/// Levels of an output, its top level included: MongoDB's 180, less the one around the output.
inline constexpr std::size_t output_levels = 179;

/// Of a body, in chunks of body_chunk_bytes.
inline constexpr std::int64_t body_bytes = std::int64_t{1} << 30;
inline constexpr std::size_t body_chunk_bytes = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t media_type_bytes = 127;  ///< Of a body; may be empty.

inline constexpr std::size_t items_per_batch = 1000;  ///< Of put_many, get_many and the like.
inline constexpr std::uint32_t page_items = 1000;  ///< Query::limit, TextQuery::limit; at least 1.

inline constexpr std::size_t search_characters = 1000;  ///< Of TextQuery::text; at least 1.
inline constexpr std::size_t search_words = 32;         ///< Different words in it; at least 1.

inline constexpr std::size_t tenant_characters = 255;  ///< Unicode code points; at least 1.
/// All text of a Request together.
inline constexpr std::size_t request_bytes = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t messages_per_request = 10'000;
inline constexpr std::size_t stops_per_request = 1'000;
inline constexpr std::size_t tags_per_request = 64;  ///< Each up to tag_characters.
/// Levels of each JSON in a Request, its top level included.
inline constexpr std::size_t request_json_levels = 128;

inline constexpr std::size_t vector_space_characters = 64;  ///< At least 1.
inline constexpr std::size_t vector_dimensions = 8192;      ///< At least 1.
inline constexpr double vector_number = 1e15;               ///< The largest, either way.
inline constexpr std::size_t vector_id_bytes = 255;         ///< At least 1.
inline constexpr std::size_t vector_payload_bytes = std::size_t{64} * 1024;
inline constexpr std::size_t neighbours = 1000;  ///< Of one search; at least 1.
/// Of one space and tenant, in one process.
inline constexpr std::size_t vectors_per_tenant = 100'000'000;

inline constexpr std::size_t response_key_bytes = 512;  ///< At least 1.
inline constexpr std::size_t response_bytes = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t finish_reason_bytes = 64;
inline constexpr std::size_t chunks_per_response = std::size_t{1} << 20;
inline constexpr std::chrono::milliseconds shortest_ttl{1};
inline constexpr std::chrono::hours longest_ttl{24 * 366 * 10};  ///< About ten years.

}  // namespace polystore::limits
