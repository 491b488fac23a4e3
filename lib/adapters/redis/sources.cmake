target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/cache.cpp
  ${CMAKE_CURRENT_LIST_DIR}/health.cpp
  ${CMAKE_CURRENT_LIST_DIR}/vectors.cpp
)
target_link_libraries(polystore PRIVATE polystore::redis)
