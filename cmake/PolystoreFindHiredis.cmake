# Defines polystore_dep::hiredis with <hiredis/hiredis.h> on its include path.
# find_package(Hiredis), with a capital, is never called: the config that Debian 12 ships under that
# name stops the configure step when no version is asked for.
if(TARGET polystore_dep::hiredis)
  return()
endif()
if(NOT TARGET hiredis::hiredis)
  find_package(hiredis CONFIG QUIET)
endif()
if(TARGET hiredis::hiredis)
  add_library(polystore_dep::hiredis INTERFACE IMPORTED)
  target_link_libraries(polystore_dep::hiredis INTERFACE hiredis::hiredis)
  return()
endif()
find_path(POLYSTORE_HIREDIS_INCLUDE_DIR NAMES hiredis/hiredis.h)
find_library(POLYSTORE_HIREDIS_LIBRARY NAMES hiredis)
mark_as_advanced(POLYSTORE_HIREDIS_INCLUDE_DIR POLYSTORE_HIREDIS_LIBRARY)
if(NOT POLYSTORE_HIREDIS_INCLUDE_DIR OR NOT POLYSTORE_HIREDIS_LIBRARY)
  set(POLYSTORE_DEPENDENCY_ERROR "hiredis was not found: install libhiredis-dev, or set CMAKE_PREFIX_PATH")
  return()
endif()
add_library(polystore_dep::hiredis UNKNOWN IMPORTED)
set_target_properties(polystore_dep::hiredis PROPERTIES
  IMPORTED_LOCATION "${POLYSTORE_HIREDIS_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${POLYSTORE_HIREDIS_INCLUDE_DIR}")
