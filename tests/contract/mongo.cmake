# SERIAL: the fail points are the server's.
polystore_add_test(mongo_output_contract LABEL contract SERIAL
  SOURCES mongo_output_test.cpp output_contract.cpp
  LIBRARIES polystore_server_support polystore::mongo)
