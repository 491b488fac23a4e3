#pragma once

#include <chrono>
#include <cstdint>

namespace polystore::adapters::sqlite {

/// The clock of the outbox. SQLite has no server whose clock all share; its users are processes of
/// one machine, which share this one.
inline std::int64_t now_milliseconds() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace polystore::adapters::sqlite
