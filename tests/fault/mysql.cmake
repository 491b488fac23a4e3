# MariaDB's side.
polystore_add_test(fault_mysql LABEL fault LOCK mysql
  SOURCES mysql_commit_itest.cpp mysql_epochs_itest.cpp mysql_locks_itest.cpp
          mysql_session_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo polystore::mysql)
