# Defines polystore_dep::mongoc (libmongoc and libbson) from libmongoc 2.x or 1.x, shared first:
# the static target of 1.x carries absolute paths to many libraries. Its property
# POLYSTORE_MONGOC_MAJOR says which one was taken.
#
# POLYSTORE_MONGOC_MAJOR, when set to 1 or 2, lets only that major in. The installed package sets it
# to the one it was built with: the two have different headers and library names.
if(TARGET polystore_dep::mongoc)
  return()
endif()

set(polystore_mongoc_2_targets mongoc::mongoc)
set(polystore_mongoc_1_targets mongo::mongoc_shared mongo::mongoc_static)
set(polystore_mongoc_majors 2 1)
foreach(major IN ITEMS 1 2)
  foreach(target IN LISTS polystore_mongoc_${major}_targets)
    if(TARGET ${target})
      # The project has chosen: another libmongoc in the same program would clash with it.
      set(polystore_mongoc_majors ${major})
    endif()
  endforeach()
endforeach()
if(POLYSTORE_MONGOC_MAJOR)
  if(NOT POLYSTORE_MONGOC_MAJOR IN_LIST polystore_mongoc_majors)
    set(POLYSTORE_DEPENDENCY_ERROR
        "libmongoc ${POLYSTORE_MONGOC_MAJOR}.x is needed, but this project already uses ${polystore_mongoc_majors}.x: use one major, or build polystore with that one")
    return()
  endif()
  set(polystore_mongoc_majors ${POLYSTORE_MONGOC_MAJOR})
endif()

foreach(major IN LISTS polystore_mongoc_majors)
  if(major EQUAL 2 AND NOT TARGET mongoc::mongoc)
    find_package(mongoc 2 CONFIG QUIET)
  elseif(major EQUAL 1 AND NOT TARGET mongo::mongoc_shared AND NOT TARGET mongo::mongoc_static)
    find_package(mongoc-1.0 1.23 CONFIG QUIET)
  endif()
  foreach(target IN LISTS polystore_mongoc_${major}_targets)
    if(TARGET ${target})
      add_library(polystore_dep::mongoc INTERFACE IMPORTED)
      target_link_libraries(polystore_dep::mongoc INTERFACE ${target})
      set_target_properties(polystore_dep::mongoc PROPERTIES POLYSTORE_MONGOC_MAJOR ${major})
      return()
    endif()
  endforeach()
endforeach()
list(JOIN polystore_mongoc_majors ".x or " polystore_mongoc_majors)
set(POLYSTORE_DEPENDENCY_ERROR
    "libmongoc ${polystore_mongoc_majors}.x (1.23 or later) was not found: install libmongoc-dev, or set CMAKE_PREFIX_PATH")
