# SERIAL: they stop the server and measure deadlines.
polystore_add_test(mysql_itest LABEL integration SERIAL
  SOURCES mysql_connect_itest.cpp mysql_deadline_itest.cpp mysql_script_itest.cpp
          mysql_transaction_itest.cpp
  LIBRARIES polystore::mysql)
