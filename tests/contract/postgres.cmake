polystore_add_test(postgres_metadata_contract_test LABEL contract SERIAL
  SOURCES metadata_contract.cpp metadata_find_contract.cpp outbox_contract.cpp metadata_update_contract.cpp
          metadata_erase_user_contract.cpp scan_contract.cpp
          postgres_metadata_contract_test.cpp postgres_metadata_test.cpp
  LIBRARIES polystore::polystore polystore::postgres)
