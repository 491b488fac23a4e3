# The whole store.
polystore_add_test(fault_store LABEL fault LOCK fault_store
  SOURCES lost_sessions_itest.cpp maintained_store_itest.cpp retention_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo)
