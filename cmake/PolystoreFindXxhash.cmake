# Defines polystore_dep::xxhash: its header alone, which is compiled in (XXH_INLINE_ALL).
if(TARGET polystore_dep::xxhash)
  return()
endif()
find_path(POLYSTORE_XXHASH_INCLUDE_DIR NAMES xxhash.h)
mark_as_advanced(POLYSTORE_XXHASH_INCLUDE_DIR)
if(NOT POLYSTORE_XXHASH_INCLUDE_DIR)
  set(POLYSTORE_DEPENDENCY_ERROR "xxHash was not found: install libxxhash-dev")
  return()
endif()
add_library(polystore_dep::xxhash INTERFACE IMPORTED)
set_target_properties(polystore_dep::xxhash PROPERTIES
  INTERFACE_COMPILE_DEFINITIONS XXH_INLINE_ALL
  INTERFACE_INCLUDE_DIRECTORIES "${POLYSTORE_XXHASH_INCLUDE_DIR}")
