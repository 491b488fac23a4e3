# The proxy that other tests of faults put between the store and its servers.
polystore_add_test(fault_proxy LABEL fault
  SOURCES proxy_itest.cpp
  LIBRARIES polystore_server_support PostgreSQL::PostgreSQL)
