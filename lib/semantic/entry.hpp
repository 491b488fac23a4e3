#pragma once

#include "polystore/content.hpp"
#include "polystore/limits.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace polystore::semantic {

/// What is kept with the vector of a text: as payload, the end of its answer's time in milliseconds
/// since 1970 as 8 bytes, the lowest first, and the text.
struct Entry {
  Timestamp until{};  ///< No answer is there from then on.
  std::string text{};
};

inline constexpr std::size_t longest_text_bytes = limits::vector_payload_bytes - 8;

std::string encode_entry(const Entry& entry);

/// Nothing where the bytes are no entry.
std::optional<Entry> decode_entry(std::string_view payload);

}  // namespace polystore::semantic
