#pragma once

#include "polystore/content.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The lines of an export (docs/maintenance.md has their form): each one JSON object without a
/// line break, and a new line. Pure.
namespace polystore::values {

std::string user_line(std::int64_t user_id, std::string_view name, Timestamp created_at);

std::string content_line(const Content& content);

/// Of a content whose output is lost.
std::string lost_content_line(const Metadata& metadata);

/// A chunk of a content's body, in Base64 (RFC 4648); without bytes: it is lost.
std::string body_line(const ContentId& content, std::int32_t chunk,
                      const std::optional<std::vector<std::byte>>& bytes);

}  // namespace polystore::values
