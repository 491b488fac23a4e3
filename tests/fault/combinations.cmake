# Every combination of stores.
polystore_add_test(fault_combinations LABEL fault
  SOURCES combinations_itest.cpp
  LIBRARIES polystore_server_support polystore::sqlite)
