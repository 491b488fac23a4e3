target_sources(polystore PRIVATE ${CMAKE_CURRENT_LIST_DIR}/cache.cpp)
target_link_libraries(polystore PRIVATE polystore::redis)
