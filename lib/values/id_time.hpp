#pragma once

#include "polystore/content.hpp"
#include "polystore/content_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace polystore::values {

/// When an id was made, by its maker's clock; nothing if it is not a UUID of version 7. Pure.
inline std::optional<Timestamp> time_of(const ContentId& id) noexcept {
  const auto& bytes = id.bytes();
  if ((bytes[6] & 0xF0) != 0x70 || (bytes[8] & 0xC0) != 0x80) return std::nullopt;
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + bytes[i];
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

/// Whether an id was made less than `age` ago, or later than now; none is younger than 0. Pure.
inline bool is_younger(const ContentId& id, std::chrono::milliseconds age, Timestamp now) noexcept {
  const auto made = time_of(id);
  return made && age.count() > 0 && now - *made < age;
}

}  // namespace polystore::values
