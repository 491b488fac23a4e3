polystore_add_test(fault_bodies LABEL fault
  SOURCES bodies_itest.cpp LIBRARIES polystore_server_support polystore::mongo)
