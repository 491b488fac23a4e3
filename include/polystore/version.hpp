#pragma once

#include "polystore/export.hpp"

/// The version of the headers. CMake reads these three lines: they are the only place it is
/// written.
#define POLYSTORE_VERSION_MAJOR 0
#define POLYSTORE_VERSION_MINOR 1
#define POLYSTORE_VERSION_PATCH 0

namespace polystore {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;

  friend bool operator==(const Version&, const Version&) = default;
};

/// The version of the headers this translation unit was compiled with.
inline constexpr Version header_version{POLYSTORE_VERSION_MAJOR, POLYSTORE_VERSION_MINOR,
                                        POLYSTORE_VERSION_PATCH};

/// Returns the version of the library that is linked at run time. Compare it with `header_version`
/// to detect a mix of headers and library. Never blocks, never fails; any thread.
POLYSTORE_EXPORT Version linked_version() noexcept;

}  // namespace polystore
