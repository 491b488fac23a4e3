target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/entry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/neighbourhood.cpp
  ${CMAKE_CURRENT_LIST_DIR}/question.cpp
  ${CMAKE_CURRENT_LIST_DIR}/semantic_cache.cpp)
