#pragma once

#include <cstddef>
#include <string_view>

namespace polystore::adapters::postgres {

/// What the index keeps of a title's word: its first 1024 bytes at most, cut between characters,
/// since an index entry has at most 2.7 KB and folding may make a word of 255 characters longer.
/// Valid as long as `word`.
inline std::string_view indexed_word(std::string_view word) noexcept {
  constexpr std::size_t max_bytes = 1024;
  if (word.size() <= max_bytes) return word;
  std::size_t length = max_bytes;
  while (length > 0 && (static_cast<unsigned char>(word[length]) & 0xC0U) == 0x80U) --length;
  return word.substr(0, length);
}

}  // namespace polystore::adapters::postgres
