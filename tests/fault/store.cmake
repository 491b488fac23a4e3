# The whole store. SERIAL: the fail points are the server's, and servers are stopped.
polystore_add_test(fault_store LABEL fault SERIAL
  SOURCES lost_sessions_itest.cpp maintained_store_itest.cpp stopped_server_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo)
