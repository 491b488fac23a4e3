target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/answer_maker.cpp
  ${CMAKE_CURRENT_LIST_DIR}/answer_store.cpp
  ${CMAKE_CURRENT_LIST_DIR}/cache_counters.cpp
  ${CMAKE_CURRENT_LIST_DIR}/epoch_book.cpp
  ${CMAKE_CURRENT_LIST_DIR}/expiry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/flight.cpp
  ${CMAKE_CURRENT_LIST_DIR}/generation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/generation_gate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/get_groups.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lease_keeper.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lookup.cpp
  ${CMAKE_CURRENT_LIST_DIR}/near_cache.cpp
  ${CMAKE_CURRENT_LIST_DIR}/refresher.cpp
  ${CMAKE_CURRENT_LIST_DIR}/s3_fifo.cpp
  ${CMAKE_CURRENT_LIST_DIR}/scope_table.cpp
  ${CMAKE_CURRENT_LIST_DIR}/user_exporter.cpp
)
