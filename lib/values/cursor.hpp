#pragma once

#include "polystore/content.hpp"
#include "polystore/query.hpp"

#include <string_view>

namespace polystore::values {

/// The text of a cursor that stands after the row made at `generated_at` with `id`. Pure.
Cursor encode_cursor(Timestamp generated_at, const ContentId& id);

struct CursorPosition {
  Timestamp generated_at{};
  ContentId id{};
};

/// Errors: invalid_argument with field "after" for a text that encode_cursor does not make.
/// `operation` names the call that gives cursors.
CursorPosition decode_cursor(const Cursor& cursor, std::string_view operation = "find");

}  // namespace polystore::values
