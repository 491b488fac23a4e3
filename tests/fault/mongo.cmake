polystore_add_test(fault_mongo LABEL fault LOCK fault_mongo
  SOURCES late_write_itest.cpp mongo_down_itest.cpp mongo_group_itest.cpp mongo_relay_itest.cpp
          outbox_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo)
target_compile_definitions(fault_mongo PRIVATE
  "POLYSTORE_TEST_RELAY_CHILD=\"$<TARGET_FILE:fault_relay_child>\"")
add_dependencies(fault_mongo fault_relay_child)

# A relay in a process of its own, to be killed.
add_executable(fault_relay_child relay_child.cpp)
target_include_directories(fault_relay_child PRIVATE "${PROJECT_SOURCE_DIR}/lib")
target_link_libraries(fault_relay_child PRIVATE polystore::polystore)
polystore_sanitize(fault_relay_child)
