#include "values/output_text.hpp"

#include "values/bson.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace polystore::values {
namespace {

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// False when the text is full. Recursion is bounded by the levels that an output may have.
bool append_strings(const bson_t& bson, std::string& text, std::size_t most_bytes) {
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &bson)) return true;
  while (bson_iter_next(&iter)) {
    std::uint32_t size = 0;
    const std::uint8_t* data = nullptr;
    if (BSON_ITER_HOLDS_UTF8(&iter)) {
      const char* first = bson_iter_utf8(&iter, &size);  // sets the size
      const std::string_view string(first, size);
      std::size_t length = most_bytes - text.size();
      if (size >= length) {
        while (length > 0 && length < size && continues_character(string[length])) --length;
        text += string.substr(0, length);
        return false;
      }
      text.append(string).append("\n");
      continue;
    }
    if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
      bson_iter_document(&iter, &size, &data);
    } else if (BSON_ITER_HOLDS_ARRAY(&iter)) {
      bson_iter_array(&iter, &size, &data);
    } else {
      continue;
    }
    bson_t inner;
    if (bson_init_static(&inner, data, size) && !append_strings(inner, text, most_bytes)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string output_text(std::span<const std::byte> bson, std::size_t most_bytes) {
  std::string text;
  bson_t view;
  if (!view_bson(bson, view)) return text;
  append_strings(view, text, most_bytes);
  std::ranges::replace(text, '\0', ' ');
  return text;
}

}  // namespace polystore::values
