# Writers and servers that are killed at random instants; the driver starts servers of its own.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(POLYSTORE_TEST_CRASH_SECONDS 60 CACHE STRING "How long each randomised crash test kills")

foreach(program IN ITEMS crash_writer crash_checker)
  add_executable(fault_${program} ${program}.cpp)
  target_include_directories(fault_${program} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(fault_${program} PRIVATE polystore::polystore)
  polystore_sanitize(fault_${program})
endforeach()

set(verify_tool)
if(TARGET polystore_tool)
  set(verify_tool --verify-tool $<TARGET_FILE:polystore_tool>)
endif()
foreach(metadata IN ITEMS postgres sqlite)
  add_test(NAME fault.crash_${metadata}
    COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/crash_test.py"
            --metadata ${metadata} --seconds ${POLYSTORE_TEST_CRASH_SECONDS}
            --writer $<TARGET_FILE:fault_crash_writer>
            --checker $<TARGET_FILE:fault_crash_checker> ${verify_tool})
  set_tests_properties(fault.crash_${metadata} PROPERTIES
    LABELS crash RUN_SERIAL TRUE TIMEOUT 300 SKIP_RETURN_CODE 4)
endforeach()
