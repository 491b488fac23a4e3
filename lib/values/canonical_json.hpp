#pragma once

#include "values/json_fault.hpp"
#include "values/sha256.hpp"

#include <string_view>

namespace polystore::values {

/// Adds what a JSON text says, however it is written: without regard to blanks, escapes, the order
/// of an object's fields, the ways to write a number, or how characters are composed.
/// docs/cache-key.md has the bytes. Errors: invalid_argument.
void add_json(Sha256& hash, std::string_view json, const JsonUse& use);

/// The same for a JSON object, and nothing else.
void add_json_object(Sha256& hash, std::string_view json, const JsonUse& use);

}  // namespace polystore::values
