# LOCK: some settings are the server's.
polystore_add_test(mysql_metadata_contract_test LABEL contract LOCK mysql
  SOURCES mysql_find_plan_test.cpp mysql_health_test.cpp mysql_metadata_contract_test.cpp mysql_metadata_test.cpp
  LIBRARIES metadata_suite metadata_server_suite health_suite health_server_suite
            polystore_server_support polystore::mysql)
