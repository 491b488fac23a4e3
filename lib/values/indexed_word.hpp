#pragma once

#include <cstddef>
#include <string_view>

namespace polystore::values {

/// What an index keeps of a title's word: its first 1024 bytes at most, cut between characters.
/// Folding may make a word of 255 characters longer than an entry of PostgreSQL's (2.7 KB) or
/// InnoDB's (3 KB).
/// Valid as long as `word`.
inline std::string_view indexed_word(std::string_view word) noexcept {
  constexpr std::size_t max_bytes = 1024;
  if (word.size() <= max_bytes) return word;
  std::size_t length = max_bytes;
  while (length > 0 && (static_cast<unsigned char>(word[length]) & 0xC0U) == 0x80U) --length;
  return word.substr(0, length);
}

}  // namespace polystore::values
