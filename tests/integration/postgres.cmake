# SERIAL: they stop backends and measure deadlines.
polystore_add_test(postgres_itest LABEL integration SERIAL
  SOURCES postgres_connect_itest.cpp postgres_deadline_itest.cpp postgres_pipeline_itest.cpp
          postgres_transaction_itest.cpp
  LIBRARIES polystore::postgres)
