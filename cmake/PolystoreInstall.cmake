# Install rules: libraries, public headers, the CMake package and the pkg-config files.
# Everything follows from POLYSTORE_LIBRARIES and from what those libraries link, so that the package
# cannot forget a dependency.
include(CMakePackageConfigHelpers)

set(polystore_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/polystore")
get_property(polystore_libraries GLOBAL PROPERTY POLYSTORE_LIBRARIES)
get_target_property(polystore_mongoc_major polystore_dep::mongoc POLYSTORE_MONGOC_MAJOR)

# The pkg-config module or the linker flag of each dependency.
set(polystore_mongoc_pkgconfig_1 libmongoc-1.0)
set(polystore_mongoc_pkgconfig_2 mongoc2)
set(polystore_pkgconfig_table
    "Threads::Threads=-pthread"
    "PostgreSQL::PostgreSQL=libpq"
    "SQLite::SQLite3=sqlite3"
    "OpenSSL::Crypto=libcrypto"
    "fmt::fmt=fmt"
    "polystore_dep::hiredis=hiredis"
    "polystore_dep::mariadb=libmariadb"
    "polystore_dep::mongoc=${polystore_mongoc_pkgconfig_${polystore_mongoc_major}}"
    "polystore_dep::utf8proc=libutf8proc"
    "polystore_dep::zstd=libzstd"
    "prometheus-cpp::core=prometheus-cpp-core"
    "simdjson::simdjson=simdjson")

# Sets `out` to what a library links, our own libraries by their real names, without what only the
# build needs: all of it, or (PUBLIC) what its headers need too.
function(polystore_links library visibility out)
  if(visibility STREQUAL "PUBLIC")
    get_target_property(items ${library} INTERFACE_LINK_LIBRARIES)
  else()
    get_target_property(items ${library} LINK_LIBRARIES)
  endif()
  set(links)
  foreach(item IN LISTS items)
    if(NOT item OR item MATCHES "^::@|^\\$<(LINK_ONLY|BUILD_INTERFACE):")
      continue()
    endif()
    if(TARGET ${item})
      get_target_property(real ${item} ALIASED_TARGET)
      if(real)
        set(item ${real})
      endif()
    endif()
    list(APPEND links ${item})
  endforeach()
  list(REMOVE_DUPLICATES links)
  set(${out} "${links}" PARENT_SCOPE)
endfunction()

# Follows the links of `library` to the last. Sets `out_libraries` to our libraries, each after those
# that it needs, and `out_dependencies` to the targets of others.
function(polystore_closure library visibility out_libraries out_dependencies)
  set(pending ${library})
  set(libraries)
  set(dependencies)
  while(pending)
    list(POP_FRONT pending item)
    if(item IN_LIST polystore_libraries)
      list(REMOVE_ITEM libraries ${item})
      list(PREPEND libraries ${item})
      polystore_links(${item} ${visibility} links)
      list(APPEND pending ${links})
    else()
      list(APPEND dependencies ${item})
    endif()
  endwhile()
  list(REMOVE_DUPLICATES dependencies)
  set(${out_libraries} "${libraries}" PARENT_SCOPE)
  set(${out_dependencies} "${dependencies}" PARENT_SCOPE)
endfunction()

# Sorts links into pkg-config modules and linker flags.
function(polystore_pkgconfig_of links out_modules out_flags)
  set(modules)
  set(flags)
  foreach(item IN LISTS links)
    set(row ${polystore_pkgconfig_table})
    list(FILTER row INCLUDE REGEX "^${item}=")
    if(item IN_LIST polystore_libraries)
      list(APPEND modules ${item})
    elseif(NOT row)
      message(FATAL_ERROR "polystore: the pkg-config table of PolystoreInstall.cmake lacks ${item}; "
                          "a header-only library of ours alone is linked by $<BUILD_INTERFACE:…>")
    elseif(row MATCHES "=(-.+)$")
      list(APPEND flags ${CMAKE_MATCH_1})
    elseif(row MATCHES "=(.+)$")
      list(APPEND modules ${CMAKE_MATCH_1})
    endif()
  endforeach()
  list(JOIN modules " " modules)
  list(JOIN flags " " flags)
  set(${out_modules} "${modules}" PARENT_SCOPE)
  set(${out_flags} "${flags}" PARENT_SCOPE)
endfunction()

# <library>.pc, which finds its prefix from where it lies.
#
# A static library requires all that it links, publicly: "pkg-config --libs" then does for both kinds.
# Requires.private would ask for --static, which also pulls what the shared drivers themselves were
# linked with; on Debian libpq.pc names libraries that libpq-dev does not bring.
function(polystore_install_pkgconfig library component)
  get_target_property(type ${library} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    polystore_links(${library} ALL links)
  else()
    polystore_links(${library} PUBLIC links)
  endif()
  polystore_pkgconfig_of("${links}" requires libs)
  set(prefix "${CMAKE_INSTALL_PREFIX}")
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(prefix "\${pcfiledir}/${up}")
  endif()
  # An absolute directory replaces the prefix.
  cmake_path(APPEND libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
  cmake_path(APPEND includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/polystore.pc.in"
                 "${PROJECT_BINARY_DIR}/${library}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${library}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT polystore_dev)
endfunction()

if(TARGET polystore_tool)
  install(TARGETS polystore_tool
          RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT polystore_tools)
endif()

set(polystore_components)
set(polystore_component_data "")
foreach(library IN LISTS polystore_libraries)
  get_target_property(component ${library} EXPORT_NAME)
  list(APPEND polystore_components ${component})

  install(TARGETS ${library} EXPORT ${library}
          RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT polystore_runtime
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT polystore_runtime
                  NAMELINK_COMPONENT polystore_dev
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT polystore_dev
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT polystore_dev)
  install(EXPORT ${library} NAMESPACE polystore:: FILE polystoreTargets-${component}.cmake
          DESTINATION "${polystore_package_dir}" COMPONENT polystore_dev)
  polystore_install_pkgconfig(${library} ${component})

  # A static library needs all that it links. A shared one needs what its headers need; the rest
  # only helps the linker to find libraries in private prefixes, and may be absent.
  polystore_closure(${library} ALL all_libraries all_dependencies)
  get_target_property(type ${library} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    set(required ${all_dependencies})
  else()
    polystore_closure(${library} PUBLIC public_libraries required)
  endif()
  set(optional ${all_dependencies})
  list(REMOVE_ITEM optional ${required})
  set(all_components)
  foreach(item IN LISTS all_libraries)
    get_target_property(name ${item} EXPORT_NAME)
    list(APPEND all_components ${name})
  endforeach()
  string(APPEND polystore_component_data
         "  set(polystore_${component}_components ${all_components})\n"
         "  set(polystore_${component}_required ${required})\n"
         "  set(polystore_${component}_optional ${optional})\n")
endforeach()
string(REPLACE ";" " " polystore_component_data "${polystore_component_data}")
list(JOIN polystore_components " " polystore_components)

configure_package_config_file(cmake/polystoreConfig.cmake.in
  "${PROJECT_BINARY_DIR}/polystoreConfig.cmake"
  INSTALL_DESTINATION "${polystore_package_dir}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/polystoreConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
          "${PROJECT_BINARY_DIR}/polystoreConfig.cmake"
          "${PROJECT_BINARY_DIR}/polystoreConfigVersion.cmake"
          cmake/PolystoreFindDependency.cmake
          cmake/PolystoreFindHiredis.cmake
          cmake/PolystoreFindMariadb.cmake
          cmake/PolystoreFindMongoc.cmake
          cmake/PolystoreFindUtf8proc.cmake
          cmake/PolystoreFindXxhash.cmake
          cmake/PolystoreFindZstd.cmake
        DESTINATION "${polystore_package_dir}" COMPONENT polystore_dev)
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT polystore_dev OPTIONAL)
