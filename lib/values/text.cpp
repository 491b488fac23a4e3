#include "values/text.hpp"

#include "polystore/error.hpp"

#include <simdjson.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_set>
#include <utility>

namespace polystore::values {
namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

// Reads the code point at the front of `text`; its length in bytes, or 0 if it is not UTF-8.
std::size_t next_code_point(std::string_view text, utf8proc_int32_t& code_point) noexcept {
  const auto length =
      utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

std::string fold(std::string_view text) {
  constexpr auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) {
    throw Error({.code = ErrorCode::internal,
                 .operation = "fold words",
                 .message = "the text could not be case-folded"});
  }
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};
}

bool belongs_to_word(utf8proc_int32_t code_point) noexcept {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

bool is_symbol(utf8proc_int32_t code_point) noexcept {
  if (code_point <= 0x7F) return code_point == '_';
  const auto category = utf8proc_category(code_point);
  return category == UTF8PROC_CATEGORY_SC || category == UTF8PROC_CATEGORY_SO;
}

// The runs of characters of `text` that belong.
template <class Belongs>
std::vector<std::string> runs_of(std::string_view text, Belongs belongs) {
  std::vector<std::string> runs;
  std::string run;
  utf8proc_int32_t code_point = 0;
  while (!text.empty()) {
    const std::size_t length = next_code_point(text, code_point);
    if (length == 0) break;
    if (belongs(code_point)) {
      run.append(text.substr(0, length));
    } else if (!run.empty()) {
      runs.push_back(std::exchange(run, {}));
    }
    text.remove_prefix(length);
  }
  if (!run.empty()) runs.push_back(std::move(run));
  return runs;
}

std::vector<std::string> each_once(std::vector<std::string> words) {
  std::vector<std::string> once;
  std::unordered_set<std::string> seen;
  for (auto& word : words) {
    if (seen.insert(word).second) once.push_back(std::move(word));
  }
  return once;
}

}  // namespace

std::optional<std::size_t> count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  utf8proc_int32_t code_point = 0;
  while (!text.empty()) {
    const std::size_t length = next_code_point(text, code_point);
    if (length == 0 || code_point == 0) return std::nullopt;
    text.remove_prefix(length);
    ++count;
  }
  return count;
}

bool is_plain_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highest = ones << 7U;
  std::uint64_t found = 0;
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    found |= eight | (eight - ones);  // the highest bit of a byte: it is above 127, or was 0
  }
  for (; at < text.size(); ++at) {
    const std::uint64_t one = static_cast<unsigned char>(text[at]);
    found |= one | (one - 1);
  }
  return (found & highest) == 0;
}

bool is_text(std::string_view text) noexcept {
  if (is_plain_ascii(text)) return true;
  return std::memchr(text.data(), 0, text.size()) == nullptr &&
         simdjson::validate_utf8(text.data(), text.size());
}

std::vector<std::string> fold_words(std::string_view text) {
  std::vector<std::string> words = runs_of(fold(text), &belongs_to_word);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::vector<std::string> split_words(std::string_view text, bool symbols) {
  if (!symbols) return each_once(runs_of(text, &belongs_to_word));
  std::vector<std::string> words = runs_of(
      text, [](utf8proc_int32_t point) { return belongs_to_word(point) || is_symbol(point); });
  std::erase_if(words,
                [](const std::string& run) { return runs_of(run, &belongs_to_word).empty(); });
  return each_once(std::move(words));
}

}  // namespace polystore::values
