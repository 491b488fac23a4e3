#include "values/canonical_text.hpp"

#include "polystore/error.hpp"

#include "values/nfc.hpp"
#include "values/text.hpp"

namespace polystore::values {

std::string_view canonical_text(std::string_view text, std::string_view operation,
                                const FieldName& field, std::string& scratch) {
  if (is_plain_ascii(text)) return text;
  if (!is_text(text)) {
    throw_invalid_argument(operation, field.to_string(), "must be UTF-8 without a NUL character");
  }
  return to_nfc(text, scratch);
}

std::string_view canonical_name(std::string_view text, std::size_t most, std::string_view operation,
                                const FieldName& field, std::string& scratch) {
  if (text.empty()) throw_invalid_argument(operation, field.to_string(), "must not be empty");
  const std::string_view name = canonical_text(text, operation, field, scratch);
  if (name.size() <= most) return name;
  if (const auto characters = count_characters(name); characters && *characters > most) {
    throw_invalid_argument(operation, field.to_string(),
                           "has " + std::to_string(*characters) + " characters, the limit is " +
                               std::to_string(most) + "; shorten it");
  }
  return name;
}

}  // namespace polystore::values
