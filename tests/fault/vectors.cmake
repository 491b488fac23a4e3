# Vectors, with servers and writers that are killed.
polystore_add_test(fault_vectors LABEL fault
  SOURCES embeddings_itest.cpp semantic_itest.cpp vectors_itest.cpp
  LIBRARIES polystore_server_support)
target_compile_definitions(fault_vectors PRIVATE
  "POLYSTORE_TEST_VECTOR_WRITER=\"$<TARGET_FILE:fault_vector_writer>\"")
add_dependencies(fault_vectors fault_vector_writer)

# A writer in a process of its own, to be killed.
add_executable(fault_vector_writer vector_writer.cpp)
target_include_directories(fault_vector_writer PRIVATE "${PROJECT_SOURCE_DIR}/tests")
target_link_libraries(fault_vector_writer PRIVATE polystore::polystore)
polystore_sanitize(fault_vector_writer)
