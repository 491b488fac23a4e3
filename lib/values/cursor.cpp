#include "values/cursor.hpp"

#include "polystore/error.hpp"

#include "core/whole_number.hpp"

#include <string>

namespace polystore::values {

// "<milliseconds since 1970>.<uuid>": URL-safe, and its form can be checked whole.
Cursor encode_cursor(Timestamp generated_at, const ContentId& id) {
  return {std::to_string(generated_at.time_since_epoch().count()) + "." + id.to_string()};
}

CursorPosition decode_cursor(const Cursor& cursor, std::string_view operation) {
  const std::string_view text = cursor.text;
  const auto dot = text.find('.');
  const auto milliseconds = detail::whole_number<std::int64_t>(text.substr(0, dot));
  const auto id =
      dot == std::string_view::npos ? std::nullopt : ContentId::parse(text.substr(dot + 1));
  if (!milliseconds || !id) {
    throw_invalid_argument(
        operation, "after",
        "is not a cursor that " + std::string(operation) + " returned; leave it out to start over");
  }
  return {Timestamp(std::chrono::milliseconds(*milliseconds)), *id};
}

}  // namespace polystore::values
