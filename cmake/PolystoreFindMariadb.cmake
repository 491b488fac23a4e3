# Defines polystore_dep::mariadb with <mariadb/mysql.h> on its include path. libmariadb has no CMake
# config, and its pkg-config file puts headers with names like "mysql.h" and "ma_list.h" there.
if(TARGET polystore_dep::mariadb)
  return()
endif()
find_path(POLYSTORE_MARIADB_INCLUDE_DIR mariadb/mysql.h)
find_library(POLYSTORE_MARIADB_LIBRARY NAMES mariadb PATH_SUFFIXES mariadb)
mark_as_advanced(POLYSTORE_MARIADB_INCLUDE_DIR POLYSTORE_MARIADB_LIBRARY)
set(polystore_mariadb_version 0)
set(polystore_mariadb_header "${POLYSTORE_MARIADB_INCLUDE_DIR}/mariadb/mariadb_version.h")
if(POLYSTORE_MARIADB_INCLUDE_DIR AND EXISTS "${polystore_mariadb_header}")
  file(STRINGS "${polystore_mariadb_header}" polystore_mariadb_line
       REGEX "^#define MARIADB_PACKAGE_VERSION[ \t]+\"[0-9.]+\"")
  string(REGEX MATCH "[0-9]+(\\.[0-9]+)+" polystore_mariadb_version "${polystore_mariadb_line}")
endif()
if(POLYSTORE_MARIADB_LIBRARY AND polystore_mariadb_version VERSION_GREATER_EQUAL 3.3)
  add_library(polystore_dep::mariadb UNKNOWN IMPORTED)
  set_target_properties(polystore_dep::mariadb PROPERTIES
    IMPORTED_LOCATION "${POLYSTORE_MARIADB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${POLYSTORE_MARIADB_INCLUDE_DIR}")
else()
  set(POLYSTORE_DEPENDENCY_ERROR
      "libmariadb 3.3 or later was not found: install libmariadb-dev, or set CMAKE_PREFIX_PATH")
endif()
unset(polystore_mariadb_header)
unset(polystore_mariadb_line)
unset(polystore_mariadb_version)
