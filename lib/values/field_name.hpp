#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace polystore::values {

/// Names an argument, or a part of one, in an Error: "model", "tags[2]", "messages[3].content".
/// Text is made of it only when there is one. The views must outlive it.
struct FieldName {
  static constexpr std::size_t no_index = std::numeric_limits<std::size_t>::max();

  std::string_view name{};
  std::size_t index = no_index;
  std::string_view member{};

  [[nodiscard]] std::string to_string() const {
    std::string text(name);
    if (index != no_index) text += "[" + std::to_string(index) + "]";
    if (!member.empty()) text.append(".").append(member);
    return text;
  }
};

}  // namespace polystore::values
