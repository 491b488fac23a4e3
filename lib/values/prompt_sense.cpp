// The rules of negation and of what is asked for.
#include "values/prompt_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace polystore::values {
namespace {

constexpr auto negations = std::to_array<std::string_view>(
    {"aint",     "arent",  "cannot", "cant",   "couldnt", "didnt",   "doesnt",
     "dont",     "hadnt",  "hasnt",  "havent", "isnt",    "neither", "never",
     "no",       "nobody", "none",   "nor",    "not",     "nothing", "nowhere",
     "shouldnt", "unable", "wasnt",  "werent", "without", "wouldnt"});
static_assert(std::ranges::is_sorted(negations));

constexpr std::size_t denied_words = 3;  // words after a negation among which is what it denies

bool is_negation(PromptWords words, std::size_t at) {
  const std::string_view text = words[at].text;
  if (words[at].exact || words[at].quoted) return false;
  if (!text.ends_with("n't") && !is_listed(negations, text)) return false;
  // "or not", "if not"
  if (text.size() < 4 && at > 0 && (words[at - 1].text == "or" || words[at - 1].text == "if")) {
    return false;
  }
  const bool last = at + 1 == words.size();
  if (text == "not" && !last && words[at + 1].text == "only") return false;
  return text != "no" || last || !words[at + 1].digits;  // "no 1"
}

struct Negations {
  bool any = false;
  std::vector<std::string_view> denied{};  // sorted
  std::vector<std::string_view> said{};    // sorted; without the words above
};

Negations negations_in(PromptWords words) {
  Negations found;
  std::size_t denies = 0;  // words that the last negation still reaches
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at].starts) denies = 0;
    if (is_negation(words, at)) {
      found.any = true;
      denies = denied_words;
    } else if (words[at].is_content()) {
      (denies > 0 ? found.denied : found.said).push_back(words[at].stem);
      if (denies > 0) --denies;
    }
  }
  std::ranges::sort(found.denied);
  std::ranges::sort(found.said);
  return found;
}

bool share_a_word(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  return std::ranges::any_of(
      a, [&](std::string_view word) { return std::ranges::binary_search(b, word); });
}

// Whether what each denies is said by the other: "tea, not coffee" and "coffee, not tea".
bool deny_each_other(const Negations& a, const Negations& b) {
  return !share_a_word(a.denied, b.denied) && share_a_word(a.denied, b.said) &&
         share_a_word(b.denied, a.said);
}

// What may be asked for, and the words that ask for it as well.
struct Kind {
  std::string_view word{};
  std::string_view others{};
};
constexpr auto kinds = std::to_array<Kind>(
    {{"why", " reason cause purpose come makes make explain explanation point "},
     {"when", " time date day month year long soon "},
     {"where",
      " place location site website websites places shop store city country source sources "},
     {"who", " which person people whose name whom man woman someone somebody "},
     {"how many",
      " number amount much cost price salary average rate fee age long time total count "}});

constexpr auto measures = std::to_array<std::string_view>(
    {"big", "deep", "far", "fast", "high", "long", "many", "much", "often", "old", "tall"});

std::size_t kind_at(PromptWords words, std::size_t at) {
  const std::string_view text = words[at].text;
  const bool last = at + 1 == words.size() || words[at + 1].starts;
  if (text == "why" && !last) return 0;  // "… and why?" asks for the same
  if (text == "how" && at + 1 < words.size() && is_listed(measures, words[at + 1].text)) return 4;
  // Elsewhere in a sentence these join its parts: "how do I feel when I sleep".
  const bool asks = words[at].starts || (at > 0 && words[at - 1].text == "and");
  if (!asks) return kinds.size();
  if (text == "when") return 1;
  if (text == "where") return 2;
  return text == "who" ? 3 : kinds.size();
}

using Asked = std::array<bool, kinds.size()>;

Asked asked_in(PromptWords words) {
  Asked asked{};
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (const std::size_t kind = kind_at(words, at); kind < kinds.size()) asked[kind] = true;
  }
  return asked;
}

bool has_other_word(PromptWords words, std::string_view others) {
  return std::ranges::any_of(words, [&](const PromptWord& word) {
    const std::size_t at = word.text.empty() ? others.npos : others.find(word.text);
    return at != others.npos && at > 0 && others[at - 1] == ' ' &&
           others[at + word.text.size()] == ' ';
  });
}

// Whether `a` asks for something that `b` does not.
bool asks_more(const Asked& a, const Asked& b, PromptWords b_words) {
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (a[kind] && !b[kind] && !has_other_word(b_words, kinds[kind].others)) return true;
  }
  return false;
}

}  // namespace

bool negations_differ(PromptWords a, PromptWords b) {
  const Negations in_a = negations_in(a);
  const Negations in_b = negations_in(b);
  return in_a.any != in_b.any || deny_each_other(in_a, in_b);
}

bool questions_differ(PromptWords a, PromptWords b) {
  const Asked asked_a = asked_in(a);
  const Asked asked_b = asked_in(b);
  return asks_more(asked_a, asked_b, b) || asks_more(asked_b, asked_a, a);
}

}  // namespace polystore::values
