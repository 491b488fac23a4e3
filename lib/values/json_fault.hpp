#pragma once

#include <string_view>

/// Why a JSON text is not taken. None of these shows the text. All throw invalid_argument with
/// field "output".
namespace polystore::values {

/// Finds out why the parser refused the text: reads it again, slowly, to say where it stopped.
[[noreturn]] void refuse_json(std::string_view json);

[[noreturn]] void refuse_json_array();
[[noreturn]] void refuse_json_value();
[[noreturn]] void refuse_json_whole_number();
[[noreturn]] void refuse_json_size();
[[noreturn]] void refuse_json_depth();

/// Refuses a field name that MongoDB's drivers refuse.
void check_json_name(std::string_view name);

}  // namespace polystore::values
