#include "values/prompt_rules.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::values {
namespace {

struct Pivot {
  std::string_view word{};
  std::string_view relation{};
  bool backward = false;  // "Y from X" is "X to Y"
};

constexpr auto pivots = std::to_array<Pivot>({{"above", "above", false},
                                              {"after", "before", true},
                                              {"before", "before", false},
                                              {"below", "above", true},
                                              {"by", "by", false},
                                              {"from", "to", true},
                                              {"into", "to", false},
                                              {"over", "above", false},
                                              {"than", "than", false},
                                              {"to", "to", false},
                                              {"under", "above", true}});

// Relations whose sides may change places.
constexpr auto symmetric =
    std::to_array<std::string_view>({"and", "compare", "date", "differ", "difference", "equal",
                                     "marri", "meet", "or", "similar", "versus", "vs"});

constexpr std::size_t reach = 3;  // words on each side of a pivot

// x stands in a relation to y.
struct Role {
  std::string relation{};
  std::string x{};
  std::string y{};
  auto operator<=>(const Role&) const = default;

  [[nodiscard]] Role reversed() const { return {relation, y, x}; }
};

const Pivot* pivot_of(const PromptWord& word) noexcept {
  const auto at = std::ranges::find(pivots, word.text, &Pivot::word);
  return at == pivots.end() ? nullptr : &*at;
}

bool carries(const PromptWord& word) noexcept {
  return (word.is_content() || word.digits) && pivot_of(word) == nullptr;
}

// The words beside position `at`, up to the next pivot or the sentence's end.
std::vector<std::string_view> beside(PromptWords words, std::size_t at, bool left) {
  std::vector<std::string_view> found;
  std::size_t i = at;
  while (found.size() < reach) {
    if (left && (i == 0 || words[i].starts)) break;
    i = left ? i - 1 : i + 1;
    if (i >= words.size() || (!left && words[i].starts) || pivot_of(words[i]) != nullptr) break;
    if (carries(words[i])) found.push_back(words[i].stem);
  }
  if (left && found.empty()) found.emplace_back();  // "after lunch" at the start
  return found;
}

std::vector<Role> roles_of(PromptWords words) {
  std::vector<Role> roles;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const Pivot* pivot = pivot_of(words[at]);
    if (pivot == nullptr) continue;
    for (const std::string_view x : beside(words, at, true)) {
      for (const std::string_view y : beside(words, at, false)) {
        Role role{std::string(pivot->relation), std::string(x), std::string(y)};
        roles.push_back(pivot->backward ? role.reversed() : std::move(role));
      }
    }
  }
  // Who does what to whom: three words that say something, one after the other.
  std::vector<const PromptWord*> last;
  for (const PromptWord& word : words) {
    if (word.starts) last.clear();
    if (!carries(word)) continue;
    last.push_back(&word);
    if (last.size() < 3) continue;
    const std::string& middle = last[last.size() - 2]->stem;
    if (!is_listed(symmetric, middle)) {
      roles.push_back({"." + middle, last[last.size() - 3]->stem, word.stem});
    }
  }
  std::ranges::sort(roles);
  return roles;
}

bool has(const std::vector<Role>& sorted, const Role& role) {
  return std::ranges::binary_search(sorted, role);
}

}  // namespace

bool roles_differ(PromptWords a, PromptWords b) {
  const auto roles_a = roles_of(a);
  const auto roles_b = roles_of(b);
  return std::ranges::any_of(roles_a, [&](const Role& role) {
    const Role reversed = role.reversed();
    return has(roles_b, reversed) && !has(roles_a, reversed) && !has(roles_b, role);
  });
}

}  // namespace polystore::values
