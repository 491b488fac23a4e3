polystore_add_test(fault_redis LABEL fault LOCK fault_redis
  SOURCES redis_away_itest.cpp redis_sessions_itest.cpp
  LIBRARIES polystore_server_support)
# Groups of servers of the test's own: nothing is shared.
polystore_add_test(fault_redis_groups LABEL fault
  SOURCES cluster_itest.cpp sentinel_itest.cpp
  LIBRARIES polystore_server_support)
