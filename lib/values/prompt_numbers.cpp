#include "values/prompt_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::values {
namespace {

struct Named {
  std::string_view name{};
  std::string_view value{};
  constexpr bool operator<(const Named& other) const noexcept { return name < other.name; }
};

// Units of one kind have one name, so that "5 kg" is "5 kilograms".
constexpr auto units = std::to_array<Named>({{"$", "dollar"},
                                             {"%", "percent"},
                                             {"am", "am"},
                                             {"bucks", "dollar"},
                                             {"celsius", "celsius"},
                                             {"centimeter", "cm"},
                                             {"centimetre", "cm"},
                                             {"cm", "cm"},
                                             {"day", "day"},
                                             {"dollar", "dollar"},
                                             {"eur", "euro"},
                                             {"euro", "euro"},
                                             {"fahrenheit", "fahrenheit"},
                                             {"feet", "foot"},
                                             {"foot", "foot"},
                                             {"ft", "foot"},
                                             {"gb", "gb"},
                                             {"ghz", "ghz"},
                                             {"gram", "gram"},
                                             {"hour", "hour"},
                                             {"hr", "hour"},
                                             {"hz", "hz"},
                                             {"inch", "inch"},
                                             {"inr", "rupee"},
                                             {"kb", "kb"},
                                             {"kg", "kg"},
                                             {"kilo", "kg"},
                                             {"kilogram", "kg"},
                                             {"kilometer", "km"},
                                             {"kilometre", "km"},
                                             {"km", "km"},
                                             {"kmph", "kmph"},
                                             {"lb", "pound"},
                                             {"litre", "litre"},
                                             {"liter", "litre"},
                                             {"mb", "mb"},
                                             {"meter", "metre"},
                                             {"metre", "metre"},
                                             {"mhz", "mhz"},
                                             {"mi", "mile"},
                                             {"mile", "mile"},
                                             {"min", "minute"},
                                             {"minute", "minute"},
                                             {"ml", "ml"},
                                             {"mm", "mm"},
                                             {"month", "month"},
                                             {"mph", "mph"},
                                             {"ms", "ms"},
                                             {"ounce", "ounce"},
                                             {"oz", "ounce"},
                                             {"pct", "percent"},
                                             {"percent", "percent"},
                                             {"pm", "pm"},
                                             {"pound", "pound"},
                                             {"rs", "rupee"},
                                             {"rupee", "rupee"},
                                             {"sec", "second"},
                                             {"second", "second"},
                                             {"tb", "tb"},
                                             {"usd", "dollar"},
                                             {"volt", "volt"},
                                             {"watt", "watt"},
                                             {"week", "week"},
                                             {"year", "year"},
                                             {"yr", "year"},
                                             {"\u00A3", "gbp"},
                                             {"\u00A5", "yen"},
                                             {"\u20AC", "euro"},
                                             {"\u20B9", "rupee"}});

constexpr auto sorted_units = [] {
  auto sorted = units;
  std::ranges::sort(sorted, [](const Named& x, const Named& y) { return x < y; });
  return sorted;
}();

struct NumberWord {
  std::string_view name{};
  unsigned value = 0;
};

// Not "one", which mostly stands for a person, nor "second", which mostly is a time.
constexpr auto number_words = std::to_array<NumberWord>(
    {{"eight", 8},     {"eighteen", 18}, {"eighth", 8},    {"eighty", 80},  {"eleven", 11},
     {"eleventh", 11}, {"fifteen", 15},  {"fifth", 5},     {"fifty", 50},   {"five", 5},
     {"forty", 40},    {"four", 4},      {"fourteen", 14}, {"fourth", 4},   {"nine", 9},
     {"nineteen", 19}, {"ninety", 90},   {"ninth", 9},     {"seven", 7},    {"seventeen", 17},
     {"seventh", 7},   {"seventy", 70},  {"six", 6},       {"sixteen", 16}, {"sixth", 6},
     {"sixty", 60},    {"ten", 10},      {"tenth", 10},    {"third", 3},    {"thirteen", 13},
     {"thirty", 30},   {"three", 3},     {"twelfth", 12},  {"twelve", 12},  {"twenty", 20},
     {"two", 2},       {"zero", 0}});

struct Multiplier {
  std::string_view name{};
  int zeros = 0;
};
constexpr auto multipliers = std::to_array<Multiplier>({{"billion", 9},
                                                        {"bn", 9},
                                                        {"crore", 7},
                                                        {"hundred", 2},
                                                        {"k", 3},
                                                        {"lac", 5},
                                                        {"lakh", 5},
                                                        {"million", 6},
                                                        {"thousand", 3},
                                                        {"trillion", 12}});

// Dates are compared by their months and days of the week as well as by their numbers.
constexpr auto calendar = std::to_array<Named>({{"apr", "april"},
                                                {"april", "april"},
                                                {"aug", "august"},
                                                {"august", "august"},
                                                {"dec", "december"},
                                                {"december", "december"},
                                                {"feb", "february"},
                                                {"february", "february"},
                                                {"fri", "friday"},
                                                {"friday", "friday"},
                                                {"jan", "january"},
                                                {"january", "january"},
                                                {"jul", "july"},
                                                {"july", "july"},
                                                {"jun", "june"},
                                                {"june", "june"},
                                                {"monday", "monday"},
                                                {"nov", "november"},
                                                {"november", "november"},
                                                {"oct", "october"},
                                                {"october", "october"},
                                                {"saturday", "saturday"},
                                                {"sep", "september"},
                                                {"sept", "september"},
                                                {"september", "september"},
                                                {"sunday", "sunday"},
                                                {"thursday", "thursday"},
                                                {"today", "today"},
                                                {"tomorrow", "tomorrow"},
                                                {"tuesday", "tuesday"},
                                                {"wednesday", "wednesday"},
                                                {"yesterday", "yesterday"}});

constexpr auto multiples =
    std::to_array<std::string_view>({"double", "dozen", "half", "quarter", "triple"});
static_assert(std::ranges::is_sorted(multiples));

template <class Table>
const auto* find(const Table& table, std::string_view name) noexcept {
  const auto at = std::ranges::find(table, name, [](const auto& row) { return row.name; });
  return at == table.end() ? nullptr : &*at;
}

std::string_view unit_of(std::string_view text) noexcept {
  if (text.size() > 2 && text.ends_with('s')) text.remove_suffix(1);
  if (text == "inche") text = "inch";
  const auto at = std::ranges::lower_bound(sorted_units, text, {}, &Named::name);
  return at != sorted_units.end() && at->name == text ? at->value : std::string_view();
}

// A number in a form in which equal ones are equal: digits without zeros at the ends, and a power
// of ten. What is no plain number ("8.1.2", "520d", "3.10") is itself.
struct Number {
  std::string digits{};
  int zeros = 0;
  bool plain = false;

  [[nodiscard]] std::string canonical() const {
    if (!plain) return digits;
    std::string_view shown = digits;
    int power = zeros;
    while (shown.size() > 1 && shown.back() == '0') {
      shown.remove_suffix(1);
      ++power;
    }
    return shown == "0" ? "0" : std::string(shown) + "e" + std::to_string(power);
  }
};

Number read_digits(std::string_view text) {
  Number number;
  const std::size_t point = text.find('.');
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const bool versions = !fraction.empty() && fraction.back() == '0' &&
                        fraction.find_first_not_of('0') != std::string_view::npos;
  if (fraction.find('.') != fraction.npos || versions ||
      text.find_first_not_of("0123456789.") != text.npos) {
    number.digits = std::string(text);
    return number;
  }
  number.plain = true;
  const std::size_t whole = fraction.find_first_not_of('0') == fraction.npos ? 0 : fraction.size();
  number.digits = std::string(text.substr(0, point)) + std::string(fraction.substr(0, whole));
  number.zeros = -static_cast<int>(whole);
  const std::size_t first = number.digits.find_first_not_of('0');
  number.digits.erase(0, first == std::string::npos ? number.digits.size() - 1 : first);
  return number;
}

struct Quantity {
  std::string value{};
  std::string unit{};
  auto operator<=>(const Quantity&) const = default;
};

class NumberReader {
 public:
  explicit NumberReader(PromptWords words) : words_(words) {}

  std::vector<Quantity> read() {
    for (std::size_t at = 0; at < words_.size();) at = read_at(at);
    std::ranges::sort(found_);
    found_.erase(std::ranges::unique(found_).begin(), found_.end());
    return std::move(found_);
  }

 private:
  std::size_t read_at(std::size_t at) {
    const PromptWord& word = words_[at];
    if (word.exact || word.symbol) return at + 1;
    if (word.digits) return read_digit_word(at);
    if (const auto* named = find(number_words, word.text)) {
      unsigned value = named->value;
      if (value >= 20 && at + 1 < words_.size()) {
        const auto* next = find(number_words, words_[at + 1].text);
        if (next != nullptr && next->value > 0 && next->value < 10) {
          value += next->value;
          ++at;
        }
      }
      return finish(at + 1, read_digits(std::to_string(value)), {});
    }
    if (const auto* multiplier = find(multipliers, word.text);
        multiplier != nullptr && word.text.size() > 2) {
      return finish(at + 1, {.digits = "1", .zeros = multiplier->zeros, .plain = true}, {});
    }
    if (const auto* day = find(calendar, word.text)) {
      found_.push_back({std::string(day->value), {}});
    } else if (is_roman(at)) {
      found_.push_back({roman(word.text), {}});
    } else if (is_listed(multiples, word.text)) {
      found_.push_back({word.text, {}});
    } else if (word.text == "second" && follows_article(at)) {
      found_.push_back({"2e0", {}});
    }
    return at + 1;
  }

  std::size_t read_digit_word(std::size_t at) {
    const PromptWord& word = words_[at];
    const std::size_t tail = word.text.find_first_not_of("0123456789.");
    const std::string_view text = word.text;
    if (tail == std::string::npos || tail == 0) {
      return finish(at + 1, read_digits(text), unit_before(at), word.negative);
    }
    const std::string_view suffix = text.substr(tail);
    Number number = read_digits(text.substr(0, tail));
    if (suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th") {
      return finish(at + 1, number, {});
    }
    if (const auto* multiplier = find(multipliers, suffix)) {
      number.zeros += multiplier->zeros;
      return finish(at + 1, number, unit_before(at), word.negative);
    }
    if (const auto unit = unit_of(suffix); !unit.empty()) {
      found_.push_back({number.canonical(), std::string(unit)});
      return at + 1;
    }
    return finish(at + 1, read_digits(text), {});
  }

  // Takes the multipliers and the unit that follow at `next`; where to go on.
  std::size_t finish(std::size_t next, Number number, std::string_view unit,
                     bool negative = false) {
    while (next < words_.size() && number.plain) {
      const auto* multiplier = find(multipliers, words_[next].text);
      if (multiplier == nullptr) break;
      number.zeros += multiplier->zeros;
      ++next;
    }
    if (next < words_.size() && unit.empty()) unit = unit_of(words_[next].text);
    found_.push_back({(negative ? "-" : "") + number.canonical(), std::string(unit)});
    return next;
  }

  [[nodiscard]] std::string_view unit_before(std::size_t at) const noexcept {
    if (at == 0) return {};
    const PromptWord& before = words_[at - 1];
    return before.symbol || before.text == "rs" || before.text == "usd" || before.text == "inr"
               ? unit_of(before.text)
               : std::string_view();
  }

  [[nodiscard]] bool follows_article(std::size_t at) const noexcept {
    constexpr auto articles =
        std::to_array<std::string_view>({"her", "his", "my", "our", "the", "their", "your"});
    return at > 0 && is_listed(articles, words_[at - 1].text);
  }

  // "II" after a name is 2. A single letter is none: "Plan I", "Vitamin C".
  [[nodiscard]] bool is_roman(std::size_t at) const noexcept {
    return at > 0 && words_[at].acronym && words_[at].text.size() <= 4 && words_[at - 1].capital &&
           words_[at].text.find_first_not_of("ivx") == std::string::npos;
  }

  static std::string roman(std::string_view text) {
    const auto value = [](char c) { return c == 'x' ? 10 : c == 'v' ? 5 : 1; };
    int sum = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool less = i + 1 < text.size() && value(text[i]) < value(text[i + 1]);
      sum += less ? -value(text[i]) : value(text[i]);
    }
    return read_digits(std::to_string(sum)).canonical();
  }

  const PromptWords words_;
  std::vector<Quantity> found_;
};

// Whether no unit of `a`'s run of one value is one of `b`'s. A number without a unit goes with any.
bool units_agree(std::span<const Quantity> a, std::span<const Quantity> b) {
  if (a.front().unit.empty() || b.front().unit.empty()) return true;
  return std::ranges::equal(a, b, {}, &Quantity::unit, &Quantity::unit);
}

std::span<const Quantity> run_at(std::span<const Quantity> sorted, std::size_t at) {
  std::size_t end = at;
  while (end < sorted.size() && sorted[end].value == sorted[at].value) ++end;
  return sorted.subspan(at, end - at);
}

}  // namespace

bool numbers_differ(PromptWords a, PromptWords b) {
  const auto numbers_a = NumberReader(a).read();
  const auto numbers_b = NumberReader(b).read();
  std::size_t at_a = 0;
  std::size_t at_b = 0;
  while (at_a < numbers_a.size() && at_b < numbers_b.size()) {
    const auto run_a = run_at(numbers_a, at_a);
    const auto run_b = run_at(numbers_b, at_b);
    if (run_a.front().value != run_b.front().value || !units_agree(run_a, run_b)) return true;
    at_a += run_a.size();
    at_b += run_b.size();
  }
  return at_a < numbers_a.size() || at_b < numbers_b.size();
}

}  // namespace polystore::values
