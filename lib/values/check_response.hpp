#pragma once

#include "polystore/response.hpp"

#include <string_view>

namespace polystore::values {

/// Throws invalid_argument with the field ("text", "chunk_ends", "finish_reason", "usage",
/// "content_id"), the limit and what to do, but none of the response's text. Pure.
void check_response(std::string_view operation, const Response& response);

}  // namespace polystore::values
