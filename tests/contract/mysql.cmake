# SERIAL: some settings are the server's.
polystore_add_test(mysql_metadata_contract_test LABEL contract SERIAL
  SOURCES mysql_health_test.cpp mysql_metadata_contract_test.cpp mysql_metadata_test.cpp
          mysql_races_test.cpp
  LIBRARIES metadata_suite health_suite health_server_suite
            polystore_server_support polystore::mysql)
