#pragma once

#include "polystore/content.hpp"
#include "polystore/vectors.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The denormalised copy of a Content: one BSON document, the same in every output store and in the
/// outbox.
///   _id binary(4), version int64, title, modelUsed, generatedAt date, userId int64,
///   tenant (absent: shared), tags [string], usage {promptTokens, completionTokens, latencyMicros:
///   int64}, output {…}, embedding {tenant (absent: shared), space, model, values binary(0):
///   float32, little-endian}, body {id: binary(4), bytes: int64, type, sha256: binary(0)}; the last
///   two absent where the content has none
namespace polystore::values {

/// Errors: invalid_argument with field "output" when the whole passes limits::content_bytes.
std::vector<std::byte> encode_read_copy(const Metadata& metadata, const Document& output,
                                        std::string_view operation = "put",
                                        const std::optional<Embedding>& embedding = std::nullopt,
                                        const std::optional<Body>& body = std::nullopt);

/// Whether the content has an embedding, as far as the bytes can be read.
bool has_embedding(std::span<const std::byte> bson) noexcept;

/// Names the vector of a content; needs only `_id` and the names within `embedding`.
/// Errors: data_loss when there is none, or it is damaged.
VectorName embedding_name(std::span<const std::byte> bson);

/// The content's body; nothing where it has none. Needs only `body`. Errors: data_loss when that is
/// damaged.
std::optional<Body> body_of_read_copy(std::span<const std::byte> bson);

/// Whose content it is, as far as the bytes can be read.
std::optional<std::int64_t> user_of_read_copy(std::span<const std::byte> bson) noexcept;

/// Errors: data_loss when the bytes are not what encode_read_copy makes.
Content decode_read_copy(std::span<const std::byte> bson);

}  // namespace polystore::values
