polystore_add_test(postgres_metadata_contract_test LABEL contract LOCK postgres_metadata
  SOURCES postgres_find_plan_test.cpp postgres_health_test.cpp postgres_metadata_contract_test.cpp postgres_metadata_test.cpp
          postgres_references_test.cpp
  LIBRARIES metadata_suite metadata_server_suite health_suite health_server_suite
            polystore_server_support polystore::postgres)
polystore_add_test(postgres_output_contract_test LABEL contract
  SOURCES postgres_body_test.cpp postgres_output_test.cpp
  LIBRARIES body_suite output_suite health_suite health_server_suite polystore_server_support)
polystore_add_test(postgres_text_contract_test LABEL contract
  SOURCES postgres_text_test.cpp
  LIBRARIES text_suite polystore_server_support polystore::postgres)
