# Defines polystore_dep::zstd. The targets of zstd's own CMake config have other names in each
# release, and some distributions ship none.
if(TARGET polystore_dep::zstd)
  return()
endif()
find_path(POLYSTORE_ZSTD_INCLUDE_DIR NAMES zstd.h)
find_library(POLYSTORE_ZSTD_LIBRARY NAMES zstd)
mark_as_advanced(POLYSTORE_ZSTD_INCLUDE_DIR POLYSTORE_ZSTD_LIBRARY)
if(NOT POLYSTORE_ZSTD_INCLUDE_DIR OR NOT POLYSTORE_ZSTD_LIBRARY)
  set(POLYSTORE_DEPENDENCY_ERROR "zstd was not found: install libzstd-dev")
  return()
endif()
add_library(polystore_dep::zstd UNKNOWN IMPORTED)
set_target_properties(polystore_dep::zstd PROPERTIES
  IMPORTED_LOCATION "${POLYSTORE_ZSTD_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${POLYSTORE_ZSTD_INCLUDE_DIR}")
