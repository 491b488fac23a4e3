target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/bodies.cpp
  ${CMAKE_CURRENT_LIST_DIR}/body_commands.cpp
  ${CMAKE_CURRENT_LIST_DIR}/command_parts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/commands.cpp
  ${CMAKE_CURRENT_LIST_DIR}/factory.cpp
  ${CMAKE_CURRENT_LIST_DIR}/health.cpp
  ${CMAKE_CURRENT_LIST_DIR}/outputs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schema.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text_index.cpp
  ${CMAKE_CURRENT_LIST_DIR}/write_batch.cpp
)
target_link_libraries(polystore PRIVATE polystore::mongo)
