#pragma once

#include "polystore/export.hpp"
#include "polystore/pool.hpp"
#include "polystore/sqlite/connection.hpp"

#include <cstddef>

namespace polystore::sqlite {

using ConnectionPool = Pool<Connection>;

/// A pool of up to `size` connections to one file. Opens nothing yet.
/// Errors: invalid_argument when `size` is out of a Pool's range.
[[nodiscard]] POLYSTORE_EXPORT ConnectionPool make_pool(const ConnectOptions& options,
                                                        std::size_t size);

}  // namespace polystore::sqlite
