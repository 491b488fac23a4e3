#include "values/prompt_words.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace polystore::values {
namespace {

constexpr auto function_words = std::to_array<std::string_view>(
    {"a",      "about",  "all",   "also",   "am",    "an",    "and",   "any",   "are",    "as",
     "at",     "be",     "been",  "being",  "but",   "by",    "can",   "could", "did",    "do",
     "does",   "doing",  "done",  "each",   "else",  "etc",   "ever",  "every", "for",    "from",
     "get",    "had",    "has",   "have",   "he",    "her",   "here",  "him",   "his",    "how",
     "i",      "i'd",    "i'll",  "i'm",    "i've",  "if",    "in",    "into",  "is",     "it",
     "it's",   "its",    "just",  "let",    "may",   "me",    "might", "mine",  "must",   "my",
     "no",     "not",    "now",   "of",     "on",    "or",    "other", "our",   "per",    "please",
     "really", "shall",  "she",   "should", "so",    "some",  "such",  "than",  "that",   "the",
     "their",  "them",   "then",  "there",  "these", "they",  "this",  "those", "to",     "too",
     "us",     "use",    "very",  "via",    "was",   "we",    "were",  "what",  "what's", "when",
     "where",  "which",  "while", "who",    "whom",  "whose", "why",   "will",  "with",   "would",
     "you",    "you're", "your",  "yours"});
static_assert(std::ranges::is_sorted(function_words));

constexpr std::int32_t curly_apostrophe = 0x2019;

struct CodePoint {
  std::int32_t value = 0;
  std::string_view bytes{};
  bool letter = false;
  bool digit = false;
  bool upper = false;
};

constexpr bool is_blank(std::int32_t c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x2028 || c == 0x3000;
}

void classify(CodePoint& c) noexcept {
  switch (utf8proc_category(c.value)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      c.upper = true;
      c.letter = true;
      break;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      c.letter = true;
      break;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      c.digit = true;
      break;
    default:
      break;
  }
}

std::vector<CodePoint> decode(std::string_view text) {
  std::vector<CodePoint> points;
  points.reserve(text.size());
  while (!text.empty()) {
    CodePoint c;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &c.value);
    if (length > 0) {
      c.bytes = text.substr(0, static_cast<std::size_t>(length));
      classify(c);
    } else {  // no UTF-8: a letter that is itself only
      c.value = -1;
      c.bytes = text.substr(0, 1);
      c.letter = true;
    }
    text.remove_prefix(c.bytes.size());
    points.push_back(c);
  }
  return points;
}

void append_lower(std::string& to, const CodePoint& c) {
  if (!c.upper) {
    to.append(c.bytes);
    return;
  }
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(utf8proc_tolower(c.value), bytes.data());
  to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

using Points = std::span<const CodePoint>;

std::string text_of(Points points) {
  std::string text;
  for (const CodePoint& c : points) text.append(c.bytes);
  return text;
}

// Whether a run without blanks is an identifier, a path or a URL, with all its punctuation.
bool is_exact(std::string_view run) noexcept {
  if (run.size() < 3) return false;
  const auto has = [&](std::string_view part) { return run.find(part) != std::string_view::npos; };
  if (has("://") || run.starts_with("www.") || has("::") || has("()") || has("->")) return true;
  if (run.starts_with("./") || run.starts_with("~/") || run.starts_with("--")) return true;
  if (run.front() == '/' && run.find('/', 1) != std::string_view::npos) return true;
  const std::size_t at = run.find_first_of("_@\\");
  return at != std::string_view::npos && (at > 0 || run[0] == '_') && at + 1 < run.size();
}

constexpr std::string_view brackets_and_ends = ".,;:!?\"'()[]{}<>";

// Splits a prompt into words.
class WordReader {
 public:
  explicit WordReader(std::string_view prompt) : points_(decode(prompt)) {}

  std::vector<PromptWord> read() {
    while (at_ < points_.size()) {
      if (at_ == 0 || is_blank(points_[at_ - 1].value)) {
        if (take_exact()) continue;
      }
      step();
    }
    if (quoting_) {  // it was never closed
      for (std::size_t i = quote_start_; i < words_.size(); ++i) words_[i].quoted = false;
    }
    return std::move(words_);
  }

 private:
  [[nodiscard]] const CodePoint* look(std::size_t ahead) const noexcept {
    return at_ + ahead < points_.size() ? &points_[at_ + ahead] : nullptr;
  }

  void step() {
    const CodePoint& c = points_[at_];
    if (c.letter || c.digit) return take_word();
    const bool glued = at_ > 0 && (points_[at_ - 1].letter || points_[at_ - 1].digit);
    switch (c.value) {
      case '"':
      case '`':
      case 0x201C:
      case 0x201D:
        toggle_quote(glued);
        break;
      case '.':
      case '!':
      case '?':
      case ':':
      case ';':
      case '\n':
        starts_ = true;
        break;
      case '%':
      case '$':
      case 0xA3:
      case 0xA5:
      case 0x20AC:
      case 0x20B9:
        add_symbol(c);
        break;
      default:
        break;
    }
    ++at_;
  }

  void toggle_quote(bool glued) {
    if (quoting_) {
      quoting_ = false;
    } else if (!glued) {
      quoting_ = true;
      starts_ = true;
      quote_start_ = words_.size();
    }
  }

  void add_symbol(const CodePoint& c) {
    PromptWord word;
    word.text = std::string(c.bytes);
    word.stem = word.text;
    word.symbol = true;
    words_.push_back(std::move(word));
  }

  bool take_exact() {
    std::size_t end = at_;
    while (end < points_.size() && !is_blank(points_[end].value)) ++end;
    const std::string run = text_of(Points(points_).subspan(at_, end - at_));
    std::string_view inner = run;
    const auto is_outer = [&](char c) {
      return c == '`' || brackets_and_ends.find(c) != std::string_view::npos;
    };
    if (!is_exact(inner)) return false;
    while (!inner.empty() && is_outer(inner.front()) && !inner.starts_with("./")) {
      inner.remove_prefix(1);
    }
    while (!inner.empty() && is_outer(inner.back()) && !inner.ends_with("()")) {
      inner.remove_suffix(1);
    }
    if (inner.empty()) return false;
    PromptWord word;
    word.text = std::string(inner);
    word.stem = word.text;
    word.exact = true;
    words_.push_back(std::move(word));
    starts_ = run.back() == '.' || run.back() == '?' || run.back() == '!' || run.back() == ':';
    at_ = end;
    return true;
  }

  // Whether what stands here joins the letters or digits around it to one word.
  [[nodiscard]] bool joins(const CodePoint& before) const noexcept {
    const CodePoint* after = look(1);
    if (after == nullptr || !(after->letter || after->digit)) return false;
    switch (points_[at_].value) {
      case '\'':
      case curly_apostrophe:
        return before.letter && after->letter;
      case '.':
        return before.digit == after->digit && !(before.letter && after->upper && !before.upper);
      case ',':
        return before.digit && after->digit;
      case '-':
        return before.letter && after->digit;
      default:
        return false;
    }
  }

  void take_word() {
    const std::size_t start = at_;
    PromptWord word;
    std::size_t upper = 0;
    std::size_t letters = 0;
    for (; at_ < points_.size(); ++at_) {
      const CodePoint& c = points_[at_];
      if (c.letter || c.digit) {
        append_lower(word.text, c);
        letters += c.letter ? 1 : 0;
        upper += c.upper ? 1 : 0;
        word.digits = word.digits || c.digit;
      } else if (at_ > start && joins(points_[at_ - 1])) {
        if (c.value == '\'' || c.value == curly_apostrophe) word.text += '\'';
        // A point in a number counts; "U.S." is "us", "H-1B" is "h1b".
        if (c.value == '.' && points_[at_ - 1].digit) word.text += '.';
      } else {
        break;
      }
    }
    while (letters > 0 && at_ < points_.size() &&
           (points_[at_].value == '+' || points_[at_].value == '#')) {  // C++, C#
      word.text += static_cast<char>(points_[at_++].value);
    }
    word.capital = upper > 0;
    word.capitals = upper >= 2;
    word.acronym = word.capitals && upper == letters;
    word.negative = word.digits && start > 0 && points_[start - 1].value == '-' &&
                    (start == 1 || is_blank(points_[start - 2].value));
    add(std::move(word));
  }

  void add(PromptWord word) {
    word.starts = std::exchange(starts_, false);
    word.quoted = quoting_;
    // "iphone6" is "iphone 6".
    const std::size_t tail = word.text.find_last_not_of("0123456789");
    if (word.digits && tail != std::string::npos && tail + 1 < word.text.size() &&
        word.text.find_first_of("0123456789") == tail + 1) {
      PromptWord number;
      number.text = word.text.substr(tail + 1);
      number.stem = number.text;
      number.digits = true;
      number.quoted = word.quoted;
      word.text.resize(tail + 1);
      word.digits = false;
      word.stem = prompt_stem(word.text);
      words_.push_back(std::move(word));
      words_.push_back(std::move(number));
      return;
    }
    word.stem = word.digits ? word.text : prompt_stem(word.text);
    words_.push_back(std::move(word));
  }

  const std::vector<CodePoint> points_;
  std::vector<PromptWord> words_;
  std::size_t at_ = 0;
  std::size_t quote_start_ = 0;
  bool starts_ = true;
  bool quoting_ = false;
};

bool is_ascii_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }

void cut(std::string& word, std::string_view ending, std::size_t least) {
  if (word.size() >= least + ending.size() && word.ends_with(ending)) {
    word.resize(word.size() - ending.size());
  }
}

}  // namespace

bool is_listed(std::span<const std::string_view> sorted, std::string_view word) noexcept {
  return std::ranges::binary_search(sorted, word);
}

bool PromptWord::is_content() const noexcept {
  return !symbol && !digits && !is_listed(function_words, text);
}

std::string prompt_stem(std::string_view word) {
  std::string stem(word);
  cut(stem, "'s", 1);
  cut(stem, "'", 1);
  if (stem.size() < 4 || !is_ascii_letter(stem.back())) return stem;
  if (stem.ends_with("ies") || stem.ends_with("sses")) {
    stem.resize(stem.size() - 2);
  } else if (!stem.ends_with("ss") && !stem.ends_with("us") && !stem.ends_with("is")) {
    cut(stem, "s", 3);
  }
  const std::size_t before = stem.size();
  cut(stem, "ing", 3);
  if (stem.size() == before) cut(stem, "ed", 3);
  const std::size_t size = stem.size();
  if (size > 3 && stem[size - 1] == stem[size - 2]) stem.pop_back();
  cut(stem, "e", 3);
  if (stem.size() > 3 && stem.back() == 'y') stem.back() = 'i';
  return stem;
}

std::vector<PromptWord> prompt_words(std::string_view prompt) { return WordReader(prompt).read(); }

}  // namespace polystore::values
