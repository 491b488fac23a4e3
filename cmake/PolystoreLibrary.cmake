# How every library of polystore is made: one function, so that no target differs by accident.
include(GNUInstallDirs)

set_property(GLOBAL PROPERTY POLYSTORE_LIBRARIES)

# polystore_add_library(<component> SOURCES … )
# Makes polystore_<component> with the alias polystore::<component>; "polystore" is the facade.
# Its public headers are those in include/polystore/<component>; core has those beside the folders.
function(polystore_add_library component)
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  if(component STREQUAL "polystore")
    set(target polystore)
  else()
    set(target polystore_${component})
  endif()
  add_library(${target} ${arg_SOURCES})
  add_library(polystore::${component} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${component}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target}
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    PRIVATE "${PROJECT_SOURCE_DIR}/lib")
  set(header_folder "${PROJECT_SOURCE_DIR}/include/polystore/${component}")
  if(component STREQUAL "core")
    cmake_path(GET header_folder PARENT_PATH header_folder)
  endif()
  file(GLOB headers CONFIGURE_DEPENDS "${header_folder}/*.hpp")
  target_sources(${target} PUBLIC
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  set_target_properties(${target} PROPERTIES
    VERIFY_INTERFACE_HEADER_SETS "${POLYSTORE_BUILD_TESTS}")
  polystore_sanitize(${target})
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT POLYSTORE_SANITIZE)
    # A symbol that a sibling forgot to export fails here, not in the user's program.
    target_link_options(${target} PRIVATE "LINKER:-z,defs")
  endif()
  polystore_unity(${target})
  if(POLYSTORE_INSTALL_RPATH)
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN"
                                               INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY POLYSTORE_LIBRARIES ${target})
endfunction()

# Compiles several sources of a target at once, which read what they include but once: a third of the
# time. A plain build does without, and so sees a missing include.
function(polystore_unity target)
  if(POLYSTORE_UNITY OR POLYSTORE_SANITIZE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    target_compile_options(${target} PRIVATE -Wno-shadow -Wno-subobject-linkage)  # of sources that meet
  endif()
endfunction()

# Compiles and links a target with the sanitizers that POLYSTORE_SANITIZE names.
function(polystore_sanitize target)
  if(POLYSTORE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${POLYSTORE_SANITIZE}
                                             -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${POLYSTORE_SANITIZE})
  endif()
endfunction()
