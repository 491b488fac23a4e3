#pragma once

#include <cstddef>

namespace polystore::support {

/// What one core's write takes from the others: what several write is kept so far apart.
inline constexpr std::size_t cache_line_bytes = 64;

}  // namespace polystore::support
