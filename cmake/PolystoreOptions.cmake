# Every option of the build, with what it does. Defaults suit an application that adds polystore
# as a subproject; a top-level build also builds the tests and examples.
option(POLYSTORE_BUILD_TESTS "Build the tests (needs Catch2 3)" ${PROJECT_IS_TOP_LEVEL})
option(POLYSTORE_TEST_INSTALL "Also test the installed package, and each header alone (builds much more)" OFF)
option(POLYSTORE_BUILD_EXAMPLES "Build the example programs" ${PROJECT_IS_TOP_LEVEL})
set(POLYSTORE_LLAMA_DIR "" CACHE PATH
    "Where llama.cpp is installed (tools/llm.sh): builds the example cached_generation, too")
option(POLYSTORE_BUILD_TOOLS "Build the command line tool `polystore` (needs CLI11)" ${PROJECT_IS_TOP_LEVEL})
option(POLYSTORE_BUILD_BENCH "Build the benchmarks (bench/run.sh)" OFF)
option(POLYSTORE_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})
option(POLYSTORE_INSTALL_RPATH "Let installed libraries find drivers in private prefixes"
       ${PROJECT_IS_TOP_LEVEL})
set(polystore_prometheus_is_here OFF)
if(PROJECT_IS_TOP_LEVEL)
  find_package(prometheus-cpp QUIET)
  set(polystore_prometheus_is_here ${prometheus-cpp_FOUND})
endif()
option(POLYSTORE_WITH_PROMETHEUS "Build the component `prometheus` (needs prometheus-cpp; at top level: where that is found)"
       ${polystore_prometheus_is_here})
option(POLYSTORE_UNITY "Compile several sources of the libraries and the tool at once (always with sanitizers)" OFF)
set(POLYSTORE_SANITIZE "" CACHE STRING
    "Sanitizers for all targets of the build, as for -fsanitize= (\"address,undefined\", \"thread\")")
