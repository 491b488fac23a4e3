# PostgreSQL's side. SERIAL: they stop processes, use the server's fail points and check deadlines.
polystore_add_test(fault_postgres_ftest LABEL fault SERIAL
  SOURCES batch_ftest.cpp commit_ftest.cpp locks_ftest.cpp restart_ftest.cpp session_ftest.cpp
  LIBRARIES polystore_server_support polystore::mongo polystore::postgres)
