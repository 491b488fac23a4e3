polystore_add_test(sweep_ftest LABEL fault SERIAL
  SOURCES sweep_ftest.cpp sweep_race_ftest.cpp
  LIBRARIES polystore_server_support polystore::mongo)
target_compile_definitions(sweep_ftest PRIVATE
  POLYSTORE_TEST_STANDBY="${CMAKE_CURRENT_LIST_DIR}/standby.sh")
