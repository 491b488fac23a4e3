#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace polystore::sqlite {

/// How to open a database file.
struct ConnectOptions {
  std::string path{};         ///< Of the database file; made if it is not there.
  std::size_t pool_size = 4;  ///< Connections that read at once. 1 to 1000.

  /// Reads "sqlite:path?option=value": the path is relative or absolute, "sqlite:///abs/path" too.
  /// Known option: pool_size. Pure.
  /// Errors: invalid_argument (`field` is what it names), unsupported for TLS options.
  [[nodiscard]] static POLYSTORE_EXPORT ConnectOptions from_url(std::string_view url,
                                                                std::string_view field);
};

}  // namespace polystore::sqlite
