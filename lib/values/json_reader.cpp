#include "values/json_reader.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/bson.hpp"
#include "values/json_fault.hpp"

#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <string>

namespace polystore::values {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The value of an element that is known to be of this type.
template <class T>
T as(const dom::element& element) {
  T value{};
  if (element.get(value) != simdjson::SUCCESS) refuse_json_value(output_json);
  return value;
}

void append_integer(bson_t* to, std::string_view key, std::int64_t value) {
  const int size = static_cast<int>(key.size());
  const bool small = value >= std::numeric_limits<std::int32_t>::min() &&
                     value <= std::numeric_limits<std::int32_t>::max();
  const bool good = small
                        ? bson_append_int32(to, key.data(), size, static_cast<std::int32_t>(value))
                        : bson_append_int64(to, key.data(), size, value);
  if (!good) refuse_json_size();
}

void append_scalar(bson_t* to, std::string_view key, const dom::element& value) {
  const int size = static_cast<int>(key.size());
  bool good = false;
  switch (value.type()) {
    case dom::element_type::INT64:
      return append_integer(to, key, as<std::int64_t>(value));
    case dom::element_type::UINT64:  // only beyond the range of the one above
      refuse_json_whole_number(output_json);
    case dom::element_type::DOUBLE:
      good = bson_append_double(to, key.data(), size, as<double>(value));
      break;
    case dom::element_type::BOOL:
      good = bson_append_bool(to, key.data(), size, as<bool>(value));
      break;
    case dom::element_type::STRING: {
      const std::string_view text = as<std::string_view>(value);
      if (text.size() > limits::content_bytes) refuse_json_size();
      good = bson_append_utf8(to, key.data(), size, text.data(), static_cast<int>(text.size()));
      break;
    }
    default:
      good = bson_append_null(to, key.data(), size);
  }
  if (!good) refuse_json_size();
}

// Goes as deep as limits::output_levels at most.
class BsonWriter {
 public:
  void append_members(bson_t* to, const dom::object& object, std::size_t level) {
    for (const auto [key, value] : object) {
      check_json_name(key);
      append(to, key, value, level);
    }
  }

 private:
  void append(bson_t* to, std::string_view key, const dom::element& value, std::size_t level) {
    if (value.is_object() || value.is_array()) {
      append_level(to, key, value, level + 1);
    } else {
      append_scalar(to, key, value);
    }
    // Of the innermost open level: what it is to be part of is larger still.
    if (to->len > limits::content_bytes) refuse_json_size();
  }

  void append_level(bson_t* to, std::string_view key, const dom::element& value,
                    std::size_t level) {
    if (level > limits::output_levels) refuse_json_depth(output_json);
    const int size = static_cast<int>(key.size());
    bson_t child;
    if (value.is_object()) {
      if (!bson_append_document_begin(to, key.data(), size, &child)) refuse_json_size();
      append_members(&child, as<dom::object>(value), level);
      if (!bson_append_document_end(to, &child)) refuse_json_size();
    } else {
      if (!bson_append_array_begin(to, key.data(), size, &child)) refuse_json_size();
      std::uint32_t index = 0;
      for (const dom::element item : as<dom::array>(value)) {
        append(&child, std::to_string(index++), item, level);
      }
      if (!bson_append_array_end(to, &child)) refuse_json_size();
    }
  }
};

}  // namespace

std::vector<std::byte> bson_from_json(std::string_view json) {
  if (json.starts_with(byte_order_mark)) json.remove_prefix(byte_order_mark.size());
  dom::parser parser;
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
    refuse_json(json, output_json);
  if (root.is_array()) refuse_json_array(output_json);
  if (!root.is_object()) refuse_json_value(output_json);
  const BsonOwner bson;
  BsonWriter().append_members(bson.get(), as<dom::object>(root), 1);
  return copy_bytes(*bson);
}

}  // namespace polystore::values
