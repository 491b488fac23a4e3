polystore_add_test(memory_cache_contract LABEL contract
  SOURCES cache_contract.cpp health_contract.cpp memory_cache_test.cpp memory_health_test.cpp
  LIBRARIES polystore::polystore)
polystore_add_test(redis_cache_contract LABEL contract
  SOURCES cache_contract.cpp health_contract.cpp health_server_contract.cpp redis_cache_test.cpp
          redis_health_test.cpp
  LIBRARIES polystore_server_support)
polystore_add_test(memory_response_contract LABEL contract
  SOURCES memory_response_test.cpp response_contract.cpp
  LIBRARIES polystore::polystore)
polystore_add_test(redis_response_contract LABEL contract
  SOURCES redis_response_test.cpp response_contract.cpp
  LIBRARIES polystore_server_support)
