#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::values {

/// The number of code points of `text`, or nothing if it is not UTF-8 or has a NUL. Pure.
std::optional<std::size_t> count_characters(std::string_view text) noexcept;

/// Whether `text` is ASCII without NUL. Pure.
bool is_plain_ascii(std::string_view text) noexcept;

/// Whether `text` is UTF-8 without NUL. Pure.
bool is_text(std::string_view text) noexcept;

/// The words of valid UTF-8: runs of letters, marks and digits, case-folded and brought to one
/// Unicode form (NFKC with case folding, Unicode §5.18), sorted, each once. Pure.
std::vector<std::string> fold_words(std::string_view text);

/// The words of valid UTF-8 as they are, each once, in their order. With `symbols` a word goes on
/// over underscores and, beyond ASCII, over currency and other symbols. Pure.
std::vector<std::string> split_words(std::string_view text, bool symbols = false);

}  // namespace polystore::values
