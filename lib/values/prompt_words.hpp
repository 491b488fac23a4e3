#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::values {

/// A word of a prompt.
struct PromptWord {
  std::string text{};     ///< In lower case; as written if it is exact.
  std::string stem{};     ///< Without the common endings of English.
  bool capital = false;   ///< Has an upper-case letter.
  bool capitals = false;  ///< Has two upper-case letters or more.
  bool acronym = false;   ///< And no other letters.
  bool starts = false;    ///< Starts a sentence.
  bool exact = false;     ///< An identifier, a path or a URL.
  bool quoted = false;    ///< In double quotes or backticks.
  bool symbol = false;    ///< A sign of currency or per cent.
  bool digits = false;    ///< Has a digit.
  bool negative = false;  ///< A number after a minus sign.

  /// Whether it says something by itself, unlike "the", and is neither number nor sign.
  [[nodiscard]] bool is_content() const noexcept;
};

/// Words in order. Any bytes are taken. Linear. Pure.
std::vector<PromptWord> prompt_words(std::string_view prompt);

/// Without the endings of plural, possessive and of -ed and -ing; so that forms of one word meet,
/// not to be shown. Pure.
std::string prompt_stem(std::string_view word);

/// Whether `word` is in a sorted list. Pure.
bool is_listed(std::span<const std::string_view> sorted, std::string_view word) noexcept;

}  // namespace polystore::values
