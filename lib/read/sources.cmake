target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/epoch_book.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lookup.cpp
  ${CMAKE_CURRENT_LIST_DIR}/scope_table.cpp
)
