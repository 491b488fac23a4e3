# The proxy that other tests of faults put between the store and its servers.
polystore_add_test(fault_proxy_ftest LABEL fault
  SOURCES proxy_ftest.cpp
  LIBRARIES polystore_server_support PostgreSQL::PostgreSQL)
