polystore_add_test(memory_vector_contract LABEL contract
  SOURCES memory_vector_test.cpp
  LIBRARIES vector_suite polystore::polystore)
polystore_add_test(sqlite_vector_contract LABEL contract
  SOURCES sqlite_vector_test.cpp
  LIBRARIES vector_suite polystore::polystore)
polystore_add_test(redis_vector_contract LABEL contract
  SOURCES redis_vector_test.cpp
  LIBRARIES vector_suite polystore_server_support)
