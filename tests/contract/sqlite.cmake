polystore_add_test(sqlite_metadata_contract LABEL contract
  SOURCES sqlite_find_plan_test.cpp sqlite_health_test.cpp sqlite_metadata_contract_test.cpp
  LIBRARIES metadata_suite health_suite polystore::polystore polystore::sqlite)
polystore_add_test(sqlite_output_contract LABEL contract
  SOURCES sqlite_body_test.cpp sqlite_output_contract_test.cpp
  LIBRARIES body_suite output_suite polystore::polystore polystore::sqlite)
polystore_add_test(sqlite_store_test LABEL contract
  SOURCES sqlite_store_test.cpp
  LIBRARIES polystore::polystore polystore::sqlite)
polystore_add_test(sqlite_text_contract LABEL contract
  SOURCES sqlite_text_contract_test.cpp
  LIBRARIES text_suite polystore::polystore)
