# SERIAL: they stop the server and measure deadlines.
polystore_add_test(redis_itest LABEL integration SERIAL
  SOURCES redis_connection_itest.cpp redis_fault_itest.cpp
  LIBRARIES polystore::redis)
