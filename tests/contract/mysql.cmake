# SERIAL: some settings are the server's.
polystore_add_test(mysql_metadata_contract_test LABEL contract SERIAL
  SOURCES epoch_contract.cpp health_contract.cpp health_server_contract.cpp metadata_contract.cpp
          metadata_erase_user_contract.cpp metadata_find_contract.cpp metadata_update_contract.cpp
          mysql_health_test.cpp mysql_metadata_contract_test.cpp mysql_metadata_test.cpp
          mysql_races_test.cpp outbox_contract.cpp scan_contract.cpp
  LIBRARIES polystore_server_support polystore::mysql)
