#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace polystore::detail {

/// A number in decimal digits, if that is all there is and it fits. Pure.
template <class Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace polystore::detail
