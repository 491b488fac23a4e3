polystore_add_test(memory_cache_contract LABEL contract
  SOURCES cache_contract.cpp health_contract.cpp memory_cache_test.cpp memory_health_test.cpp
  LIBRARIES polystore::polystore)
polystore_add_test(redis_cache_contract LABEL contract
  SOURCES cache_contract.cpp health_contract.cpp health_server_contract.cpp redis_cache_test.cpp
          redis_health_test.cpp
  LIBRARIES polystore_server_support)
