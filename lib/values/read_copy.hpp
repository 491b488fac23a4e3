#pragma once

#include "polystore/content.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// The denormalised copy of a Content: one BSON document, the same in MongoDB, in SQLite and in the
/// outbox.
///   _id binary(4), version int64, title, modelUsed, generatedAt date, userId int64,
///   tags [string], usage {promptTokens, completionTokens, latencyMicros: int64}, output {…}
namespace polystore::values {

/// Errors: invalid_argument with field "output" when the whole passes limits::content_bytes.
std::vector<std::byte> encode_read_copy(const Metadata& metadata, const Document& output,
                                        std::string_view operation = "put");

/// Errors: data_loss when the bytes are not what encode_read_copy makes.
Content decode_read_copy(std::span<const std::byte> bson);

}  // namespace polystore::values
