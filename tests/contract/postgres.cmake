polystore_add_test(postgres_metadata_contract_test LABEL contract SERIAL
  SOURCES epoch_contract.cpp health_contract.cpp health_server_contract.cpp metadata_contract.cpp
          metadata_erase_user_contract.cpp metadata_find_contract.cpp metadata_update_contract.cpp
          outbox_contract.cpp postgres_health_test.cpp
          postgres_metadata_contract_test.cpp postgres_metadata_test.cpp
          postgres_references_test.cpp scan_contract.cpp
  LIBRARIES polystore_server_support polystore::postgres)
