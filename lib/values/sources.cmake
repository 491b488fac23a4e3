target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/content_hash.cpp
  ${CMAKE_CURRENT_LIST_DIR}/content_id.cpp
  ${CMAKE_CURRENT_LIST_DIR}/cursor.cpp
  ${CMAKE_CURRENT_LIST_DIR}/document.cpp
  ${CMAKE_CURRENT_LIST_DIR}/health_list.cpp
  ${CMAKE_CURRENT_LIST_DIR}/json_fault.cpp
  ${CMAKE_CURRENT_LIST_DIR}/json_reader.cpp
  ${CMAKE_CURRENT_LIST_DIR}/read_copy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/vector_body.cpp
  ${CMAKE_CURRENT_LIST_DIR}/vector_key.cpp
)
