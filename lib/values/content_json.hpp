#pragma once

#include "polystore/content.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of an export (docs/maintenance.md has their form): each one JSON object without a
/// line break, and a new line. Pure.
namespace polystore::values {

std::string user_line(std::int64_t user_id, std::string_view name, Timestamp created_at);

/// Without an output: the content's is lost.
std::string content_line(const Metadata& metadata, const std::optional<Document>& output,
                         const std::optional<Embedding>& embedding);

}  // namespace polystore::values
