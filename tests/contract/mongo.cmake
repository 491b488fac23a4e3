# SERIAL: the fail points are the server's.
polystore_add_test(mongo_output_contract LABEL contract SERIAL
  SOURCES health_contract.cpp health_server_contract.cpp mongo_health_test.cpp
          mongo_output_test.cpp output_contract.cpp
  LIBRARIES polystore_server_support polystore::mongo)
