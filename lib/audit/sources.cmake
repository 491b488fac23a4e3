target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/erasure_auditor.cpp
  ${CMAKE_CURRENT_LIST_DIR}/judge.cpp
  ${CMAKE_CURRENT_LIST_DIR}/stray_bodies.cpp
  ${CMAKE_CURRENT_LIST_DIR}/verifier.cpp
  ${CMAKE_CURRENT_LIST_DIR}/violation.cpp
)
