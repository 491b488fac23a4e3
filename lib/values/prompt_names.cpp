#include "values/prompt_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::values {
namespace {

// What a name may end in: "India", "Indian" and "Indians" are one, as are "Germany" and "German".
constexpr auto name_endings =
    std::to_array<std::string_view>({"a", "an", "ern", "ese", "ia", "ian", "i", "ish", "n", "y"});
constexpr std::size_t shortest_root = 4;

// Units of numbers, which their own rule compares.
constexpr auto currencies = std::to_array<std::string_view>({"eur", "gbp", "inr", "rs", "usd"});

constexpr auto united_states =
    std::to_array<std::string_view>({"america", "american", "us", "usa"});
constexpr auto united_kingdom = std::to_array<std::string_view>({"britain", "british", "uk"});

// Appends the forms under which a word may meet another.
void append_forms(std::vector<std::string>& to, const PromptWord& word) {
  if (word.exact) {
    to.push_back(word.text);
    return;
  }
  to.push_back(word.stem);
  std::string plain = word.text;
  if (plain.ends_with("'s")) plain.resize(plain.size() - 2);
  if (plain.size() > shortest_root && plain.ends_with('s')) plain.pop_back();
  for (const std::string_view ending : name_endings) {
    if (plain.size() >= shortest_root + ending.size() && plain.ends_with(ending)) {
      to.push_back(plain.substr(0, plain.size() - ending.size()));
    }
  }
  if (is_listed(united_states, plain) && (plain != "us" || word.acronym)) to.emplace_back("(us)");
  if (is_listed(united_kingdom, plain)) to.emplace_back("(uk)");
  to.push_back(std::move(plain));
}

// Whether upper case tells names from other words here: not in a title, nor in all capitals.
bool has_telling_case(PromptWords words) {
  std::size_t capital = 0;
  std::size_t lower = 0;
  for (const PromptWord& word : words) {
    if (word.starts || word.exact || word.symbol || word.digits || word.quoted) continue;
    const bool common = !word.is_content();
    if (common && word.capital && !word.acronym && word.text.size() > 1 && word.text != "the" &&
        !word.text.starts_with("i'")) {
      return false;  // "Is", "Of"
    }
    if (common || word.text.size() < 4) continue;
    ++(word.capital ? capital : lower);
  }
  return lower > 0 || capital < 4;
}

class Names {
 public:
  explicit Names(PromptWords words) : words_(words), is_name_(words.size(), false) {
    const bool telling = has_telling_case(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const PromptWord& word = words[i];
      append_forms(forms_, word);
      if (i > 0) forms_.push_back(words[i - 1].text + word.text);  // "You Tube"
      is_name_[i] =
          word.exact || (word.is_content() && (word.quoted || (telling && is_cased(word))));
      if (word.is_content() && !word.exact) {
        initials_.push_back(word.text.front());
        initial_of_.push_back(i);
      }
    }
    std::ranges::sort(forms_);
  }

  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // To be called where the other prompt has acronyms.
  void list_initials() {
    const std::string_view all = initials_;
    for (std::size_t size = 2; size <= longest_acronym && size <= all.size(); ++size) {
      for (std::size_t at = 0; at + size <= all.size(); ++at) {
        runs_.push_back({all.substr(at, size), at});
      }
    }
    std::ranges::sort(runs_, [](const Initials& x, const Initials& y) {
      return x.letters != y.letters ? x.letters < y.letters : x.at < y.at;
    });
  }

  // What of these names is not in another prompt.
  struct Missing {
    bool some = false;
    bool whole = false;  // a name of which no word is there
  };

  [[nodiscard]] Missing missing_in(const Names& other) const {
    const std::vector<bool> spelled_out = spelled_out_by(other);
    Missing missing;
    for (std::size_t at = 0; at < words_.size();) {
      std::size_t end = at;
      std::size_t absent = 0;
      for (; end < words_.size() && is_name_[end]; ++end) {
        if (spelled_out[end] || other.has(words_[end])) continue;
        ++absent;
        if (words_[end].exact || words_[end].quoted) missing.whole = true;
      }
      if (absent > 0) missing.some = true;
      if (absent > 0 && absent == end - at) missing.whole = true;
      at = std::max(end, at + 1);
    }
    return missing;
  }

 private:
  static bool is_cased(const PromptWord& word) {
    const bool roman = word.acronym && word.text.find_first_not_of("ivx") == std::string::npos;
    if (roman || is_listed(currencies, word.text)) return false;
    return word.capitals || (word.capital && !word.starts);
  }

  [[nodiscard]] bool has(const PromptWord& word) const {
    std::vector<std::string> wanted;
    append_forms(wanted, word);
    const auto there = [&](const std::string& form) {
      return std::ranges::binary_search(forms_, form);
    };
    if (std::ranges::any_of(wanted, there)) return true;
    return word.acronym && find_initials(word.text) != nullptr;
  }

  // The initials of words that follow one another.
  struct Initials {
    std::string_view letters{};
    std::size_t at = 0;
  };

  [[nodiscard]] const Initials* find_initials(std::string_view letters) const {
    const auto found = std::ranges::lower_bound(runs_, letters, {}, &Initials::letters);
    return found != runs_.end() && found->letters == letters ? &*found : nullptr;
  }

  // Which words are the long form of an acronym of another prompt: "United States" of "US".
  [[nodiscard]] std::vector<bool> spelled_out_by(const Names& other) const {
    std::vector<bool> spelled(words_.size(), false);
    for (const PromptWord& word : other.words_) {
      const Initials* found = word.acronym ? find_initials(word.text) : nullptr;
      if (found == nullptr) continue;
      for (std::size_t i = 0; i < word.text.size(); ++i) spelled[initial_of_[found->at + i]] = true;
    }
    return spelled;
  }

  static constexpr std::size_t longest_acronym = 6;

  const PromptWords words_;
  std::vector<bool> is_name_;
  std::vector<std::string> forms_;  // sorted
  std::string initials_;            // of the words that say something
  std::vector<Initials> runs_;      // sorted; of initials_
  std::vector<std::size_t> initial_of_;
};

}  // namespace

bool names_differ(PromptWords a, PromptWords b) {
  Names names_a(a);
  Names names_b(b);
  const auto is_acronym = [](const PromptWord& word) { return word.acronym; };
  if (std::ranges::any_of(b, is_acronym)) names_a.list_initials();
  if (std::ranges::any_of(a, is_acronym)) names_b.list_initials();
  const auto missing_a = names_a.missing_in(names_b);
  const auto missing_b = names_b.missing_in(names_a);
  // "Donald Trump" is "Trump", but "New York" is not "New Jersey".
  return missing_a.whole || missing_b.whole || (missing_a.some && missing_b.some);
}

}  // namespace polystore::values
