polystore_add_test(fault_sweep LABEL fault LOCK fault_sweep
  SOURCES sweep_itest.cpp sweep_race_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo)
target_compile_definitions(fault_sweep PRIVATE
  POLYSTORE_TEST_STANDBY="${CMAKE_CURRENT_LIST_DIR}/standby.sh")
