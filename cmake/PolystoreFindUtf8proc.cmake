# Defines polystore_dep::utf8proc. Debian ships no CMake config for it.
if(TARGET polystore_dep::utf8proc)
  return()
endif()
find_path(POLYSTORE_UTF8PROC_INCLUDE_DIR NAMES utf8proc.h)
find_library(POLYSTORE_UTF8PROC_LIBRARY NAMES utf8proc)
mark_as_advanced(POLYSTORE_UTF8PROC_INCLUDE_DIR POLYSTORE_UTF8PROC_LIBRARY)
if(NOT POLYSTORE_UTF8PROC_INCLUDE_DIR OR NOT POLYSTORE_UTF8PROC_LIBRARY)
  set(POLYSTORE_DEPENDENCY_ERROR "utf8proc was not found: install libutf8proc-dev")
  return()
endif()
add_library(polystore_dep::utf8proc UNKNOWN IMPORTED)
set_target_properties(polystore_dep::utf8proc PROPERTIES
  IMPORTED_LOCATION "${POLYSTORE_UTF8PROC_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${POLYSTORE_UTF8PROC_INCLUDE_DIR}")
