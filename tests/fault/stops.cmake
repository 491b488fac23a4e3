# SERIAL: they stop servers, or sessions that may hold what all wait for.
polystore_add_test(fault_stops LABEL fault SERIAL
  SOURCES mongo_answers_itest.cpp mysql_server_itest.cpp session_itest.cpp stopped_server_itest.cpp
  LIBRARIES polystore_server_support polystore::mongo polystore::mysql polystore::postgres)
