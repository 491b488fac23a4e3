# SERIAL: they stop the server and measure deadlines.
polystore_add_test(redis_itest LABEL integration SERIAL
  SOURCES redis_connection_itest.cpp redis_fault_itest.cpp
  LIBRARIES polystore::redis)

# What clients in other languages see of plain responses.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
add_executable(plain_response plain_response.cpp)
target_link_libraries(plain_response PRIVATE polystore::polystore)
polystore_sanitize(plain_response)
add_test(NAME redis_python
  COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_LIST_DIR}/plain_response_test.py"
          $<TARGET_FILE:plain_response>)
set_tests_properties(redis_python PROPERTIES LABELS integration SKIP_RETURN_CODE 4 TIMEOUT 120)
