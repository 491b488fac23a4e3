#include "polystore/document.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/bson.hpp"
#include "values/json_reader.hpp"

#include <cmath>
#include <memory>

namespace polystore {
namespace {

// Whether no object or array lies deeper than `levels`, this one included. Recursion is bounded by
// `levels`.
bool is_within_levels(const bson_t& bson, std::size_t levels) {
  if (levels == 0) return false;
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &bson)) return false;
  while (bson_iter_next(&iter)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&iter) && !BSON_ITER_HOLDS_ARRAY(&iter)) continue;
    const std::uint8_t* data = nullptr;
    std::uint32_t size = 0;
    if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
      bson_iter_document(&iter, &size, &data);
    } else {
      bson_iter_array(&iter, &size, &data);
    }
    bson_t child;
    if (!bson_init_static(&child, data, size) || !is_within_levels(child, levels - 1)) return false;
  }
  return true;
}

void check(const bson_t& bson) {
  constexpr auto flags = static_cast<bson_validate_flags_t>(
      BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL | BSON_VALIDATE_EMPTY_KEYS);
  // The depth comes first: bson_validate recurses as deep as its input does.
  if (!is_within_levels(bson, limits::output_levels)) {
    throw_invalid_argument("read BSON", "output",
                           "is damaged, or nested deeper than " +
                               std::to_string(limits::output_levels) + " levels; flatten it");
  }
  if (!bson_validate(&bson, flags, nullptr)) {
    throw_invalid_argument("read BSON", "output",
                           "is not valid BSON, or has invalid UTF-8 or an empty field name");
  }
}

bool find(const bson_t& bson, std::string_view path, bson_iter_t& found) {
  bson_iter_t iter;
  return bson_iter_init(&iter, &bson) &&
         bson_iter_find_descendant(&iter, std::string(path).c_str(), &found);
}

}  // namespace

Document::Document() {
  const bson_t empty = BSON_INITIALIZER;
  bson_ = values::copy_bytes(empty);
}

Document Document::from_json(std::string_view json) {
  return Document(values::bson_from_json(json));
}

Document Document::from_bson(std::span<const std::byte> bson) {
  bson_t view;
  if (bson.size() > limits::content_bytes) {
    throw_invalid_argument("read BSON", "output",
                           "is larger than " + std::to_string(limits::content_bytes) +
                               " bytes; store less, or split it");
  }
  if (!values::view_bson(bson, view)) {
    throw_invalid_argument("read BSON", "output", "is not one whole BSON document");
  }
  check(view);
  return Document({bson.begin(), bson.end()});
}

std::string Document::to_json() const {
  bson_t view;
  std::size_t length = 0;
  std::unique_ptr<char, decltype(&bson_free)> text(nullptr, &bson_free);
  if (values::view_bson(bson_, view)) {
    text.reset(bson_as_relaxed_extended_json(&view, &length));
  }
  if (!text) {
    throw Error({.code = ErrorCode::data_loss,
                 .operation = "print a document",
                 .message = "its BSON is damaged"});
  }
  return {text.get(), length};
}

std::optional<std::string_view> Document::get_string(std::string_view path) const {
  bson_t view;
  bson_iter_t found;
  if (!values::view_bson(bson_, view) || !find(view, path, found)) return std::nullopt;
  if (!BSON_ITER_HOLDS_UTF8(&found)) return std::nullopt;
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(&found, &length);
  return std::string_view(text, length);
}

std::optional<std::int64_t> Document::get_integer(std::string_view path) const {
  bson_t view;
  bson_iter_t found;
  if (!values::view_bson(bson_, view) || !find(view, path, found)) return std::nullopt;
  if (BSON_ITER_HOLDS_INT32(&found)) return bson_iter_int32(&found);
  if (BSON_ITER_HOLDS_INT64(&found)) return bson_iter_int64(&found);
  if (!BSON_ITER_HOLDS_DOUBLE(&found)) return std::nullopt;
  const double number = bson_iter_double(&found);
  constexpr double bound = 9223372036854775808.0;  // 2^63
  if (!(number >= -bound && number < bound) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> Document::get_number(std::string_view path) const {
  bson_t view;
  bson_iter_t found;
  if (!values::view_bson(bson_, view) || !find(view, path, found)) return std::nullopt;
  if (BSON_ITER_HOLDS_DOUBLE(&found)) return bson_iter_double(&found);
  if (BSON_ITER_HOLDS_INT32(&found)) return bson_iter_int32(&found);
  if (BSON_ITER_HOLDS_INT64(&found)) return static_cast<double>(bson_iter_int64(&found));
  return std::nullopt;
}

std::optional<bool> Document::get_bool(std::string_view path) const {
  bson_t view;
  bson_iter_t found;
  if (!values::view_bson(bson_, view) || !find(view, path, found)) return std::nullopt;
  if (!BSON_ITER_HOLDS_BOOL(&found)) return std::nullopt;
  return bson_iter_bool(&found);
}

}  // namespace polystore
