#pragma once

#include "values/field_name.hpp"

#include <string>
#include <string_view>

namespace polystore::values {

/// Text as keys and scopes are made of it: in Unicode's Normalization Form C. The view is of `text`
/// or of `scratch`. Errors: invalid_argument (`operation`, `field`) if it is not UTF-8 without NUL.
std::string_view canonical_text(std::string_view text, std::string_view operation,
                                const FieldName& field, std::string& scratch);

/// The same for a name of 1 to `most` characters, counted when it is canonical.
std::string_view canonical_name(std::string_view text, std::size_t most, std::string_view operation,
                                const FieldName& field, std::string& scratch);

}  // namespace polystore::values
