# SERIAL: it stops the server.
polystore_add_test(mongo_output_contract LABEL contract SERIAL
  SOURCES mongo_body_test.cpp mongo_health_test.cpp mongo_output_test.cpp
  LIBRARIES body_suite health_suite health_server_suite output_suite polystore_server_support
            polystore::mongo)
polystore_add_test(mongo_text_contract LABEL contract
  SOURCES mongo_text_test.cpp
  LIBRARIES text_suite polystore_server_support polystore::mongo)
