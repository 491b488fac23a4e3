target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/bodies.cpp
  ${CMAKE_CURRENT_LIST_DIR}/content_store.cpp
  ${CMAKE_CURRENT_LIST_DIR}/maintenance.cpp
  ${CMAKE_CURRENT_LIST_DIR}/maintenance_thread.cpp
  ${CMAKE_CURRENT_LIST_DIR}/put.cpp
  ${CMAKE_CURRENT_LIST_DIR}/response_cache.cpp
  ${CMAKE_CURRENT_LIST_DIR}/responses.cpp
  ${CMAKE_CURRENT_LIST_DIR}/start_maintenance.cpp
  ${CMAKE_CURRENT_LIST_DIR}/validate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/validate_vectors.cpp
  ${CMAKE_CURRENT_LIST_DIR}/vectors.cpp
  ${CMAKE_CURRENT_LIST_DIR}/validate_cache.cpp
)
