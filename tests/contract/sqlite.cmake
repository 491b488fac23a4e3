polystore_add_test(sqlite_metadata_contract LABEL contract
  SOURCES epoch_contract.cpp health_contract.cpp metadata_contract.cpp metadata_erase_user_contract.cpp
          metadata_find_contract.cpp metadata_update_contract.cpp outbox_contract.cpp
          scan_contract.cpp sqlite_health_test.cpp sqlite_metadata_contract_test.cpp
  LIBRARIES polystore::polystore polystore::sqlite)
polystore_add_test(sqlite_output_contract LABEL contract
  SOURCES output_contract.cpp sqlite_output_contract_test.cpp
  LIBRARIES polystore::polystore)
polystore_add_test(sqlite_store_test LABEL contract
  SOURCES sqlite_store_test.cpp
  LIBRARIES polystore::polystore polystore::sqlite)
