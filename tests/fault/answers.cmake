polystore_add_test(fault_answers LABEL fault
  SOURCES answers_itest.cpp streams_itest.cpp LIBRARIES polystore_server_support)
