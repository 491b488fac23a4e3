target_sources(polystore PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attempts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/embedded_outputs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/erased_copies.cpp
  ${CMAKE_CURRENT_LIST_DIR}/hand_over.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lanes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/model_renamer.cpp
  ${CMAKE_CURRENT_LIST_DIR}/outbox_guard.cpp
  ${CMAKE_CURRENT_LIST_DIR}/plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/planned_update.cpp
  ${CMAKE_CURRENT_LIST_DIR}/put_queue.cpp
  ${CMAKE_CURRENT_LIST_DIR}/relay.cpp
  ${CMAKE_CURRENT_LIST_DIR}/row_eraser.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sweeper.cpp
  ${CMAKE_CURRENT_LIST_DIR}/updater.cpp
  ${CMAKE_CURRENT_LIST_DIR}/user_eraser.cpp
  ${CMAKE_CURRENT_LIST_DIR}/writer.cpp
)
