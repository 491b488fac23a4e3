# PostgreSQL's side.
polystore_add_test(fault_postgres LABEL fault LOCK fault_postgres
  SOURCES batch_itest.cpp commit_itest.cpp epochs_itest.cpp locks_itest.cpp
          postgres_outputs_itest.cpp restart_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo polystore::postgres)
