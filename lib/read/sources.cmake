target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/lookup.cpp
)
