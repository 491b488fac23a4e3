#pragma once

#include "polystore/limits.hpp"

#include "values/field_name.hpp"

#include <cstddef>
#include <string_view>

/// Why a JSON text is not taken. None of these shows the text. All throw invalid_argument.
namespace polystore::values {

/// What a JSON text is read for.
struct JsonUse {
  std::string_view operation{};
  FieldName field{};
  std::size_t levels = 0;           ///< How deep it may be nested.
  std::string_view levels_cause{};  ///< Why no deeper, with a blank in front; may be empty.
};

inline constexpr JsonUse output_json{
    .operation = "read JSON",
    .field = {.name = "output"},
    .levels = limits::output_levels,
    .levels_cause = " (MongoDB takes 180, and one is around the output)"};

/// Finds out why the parser refused the text: reads it again, slowly, to say where it stopped.
[[noreturn]] void refuse_json(std::string_view json, const JsonUse& use);

[[noreturn]] void refuse_json_array(const JsonUse& use);
[[noreturn]] void refuse_json_value(const JsonUse& use);
[[noreturn]] void refuse_json_whole_number(const JsonUse& use);
[[noreturn]] void refuse_json_depth(const JsonUse& use);
[[noreturn]] void refuse_json_repeat(const JsonUse& use);

/// Of outputs.
[[noreturn]] void refuse_json_size();
/// Refuses a field name that MongoDB's drivers refuse.
void check_json_name(std::string_view name);

}  // namespace polystore::values
