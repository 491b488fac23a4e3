#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace polystore::values {

/// Reads one JSON object into BSON bytes. libbson's own reader is not used: it ends at 98 levels,
/// and turns whole numbers beyond 64 bits into others without a word (docs/adr/0005).
/// Errors: as Document::from_json.
std::vector<std::byte> bson_from_json(std::string_view json);

}  // namespace polystore::values
