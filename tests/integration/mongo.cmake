# SERIAL: they stop the server and measure deadlines.
polystore_add_test(mongo_itest LABEL integration SERIAL
  SOURCES mongo_client_itest.cpp mongo_fault_itest.cpp
  LIBRARIES polystore::mongo)
