# SERIAL: they stop servers of their own and check deadlines.
polystore_add_test(fault_redis LABEL fault SERIAL
  SOURCES redis_away_itest.cpp redis_sessions_itest.cpp
  LIBRARIES polystore_server_support)
