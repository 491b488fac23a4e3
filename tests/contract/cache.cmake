polystore_add_test(memory_cache_contract LABEL contract
  SOURCES memory_cache_test.cpp memory_health_test.cpp
  LIBRARIES health_suite cache_suite polystore::polystore)
polystore_add_test(redis_cache_contract LABEL contract
  SOURCES redis_cache_test.cpp redis_health_test.cpp
  LIBRARIES health_suite health_server_suite cache_suite polystore_server_support)
polystore_add_test(memory_response_contract LABEL contract
  SOURCES memory_response_test.cpp
  LIBRARIES response_suite polystore::polystore)
polystore_add_test(redis_response_contract LABEL contract
  SOURCES redis_response_test.cpp
  LIBRARIES response_suite polystore_server_support)
