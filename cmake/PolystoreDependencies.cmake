# What the build needs. PolystoreFindDependency.cmake says how each one is found.
include(PolystoreFindDependency)

set(polystore_targets Threads::Threads PostgreSQL::PostgreSQL SQLite::SQLite3 OpenSSL::Crypto
                      fmt::fmt nlohmann_json::nlohmann_json polystore_dep::hiredis
                      polystore_dep::mariadb polystore_dep::mongoc polystore_dep::utf8proc
                      polystore_dep::xxhash polystore_dep::zstd simdjson::simdjson)
if(POLYSTORE_WITH_PROMETHEUS)
  list(APPEND polystore_targets prometheus-cpp::core)
endif()
set(polystore_problems "")
foreach(target IN LISTS polystore_targets)
  polystore_find_dependency(${target} polystore_problem)
  if(polystore_problem)
    string(APPEND polystore_problems "\n  ${polystore_problem}")
  endif()
endforeach()
if(polystore_problems)
  message(FATAL_ERROR "polystore cannot be built here:${polystore_problems}")
endif()
