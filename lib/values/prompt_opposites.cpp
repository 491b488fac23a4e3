#include "values/prompt_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::values {
namespace {

using Sides = std::array<std::string_view, 2>;

// Words of opposite meaning, of which any of one side is against any of the other.
constexpr auto opposites = std::to_array<Sides>({
    {"increase raise grow gain rise", "decrease reduce lower lose shrink fall"},
    {"first", "last final"},
    {"best good better", "worst bad worse"},
    {"most more max maximum", "least less fewer min minimum"},
    {"highest high", "lowest low"},
    {"many", "few"},
    {"big bigger biggest large larger largest", "small smaller smallest tiny"},
    {"long longer longest", "short shorter shortest"},
    {"fast faster fastest quick", "slow slower slowest"},
    {"cheap cheaper cheapest", "expensive costly"},
    {"easy easier easiest simple", "hard hardest difficult"},
    {"hot warm", "cold cool"},
    {"old older oldest", "new newest"},
    {"old older elder", "young younger youngest"},
    {"early earlier earliest", "late later latest"},
    {"strong stronger strongest", "weak weaker weakest"},
    {"rich", "poor"},
    {"safe", "dangerous"},
    {"alive", "dead"},
    {"true", "false"},
    {"right", "wrong"},
    {"left", "right"},
    {"up", "down"},
    {"on", "off"},
    {"top", "bottom"},
    {"above over", "below under beneath"},
    {"inside", "outside"},
    {"internal", "external"},
    {"open", "close shut"},
    {"start begin", "stop end finish quit"},
    {"enable", "disable"},
    {"add insert", "remove delete"},
    {"create make", "delete destroy"},
    {"upload", "download"},
    {"import", "export"},
    {"input", "output"},
    {"encrypt", "decrypt"},
    {"encode", "decode"},
    {"compress", "decompress extract"},
    {"login", "logout"},
    {"push", "pull"},
    {"send", "receive"},
    {"read", "write"},
    {"buy purchase", "sell"},
    {"buyer", "seller"},
    {"borrow", "lend"},
    {"win", "lose"},
    {"accept", "reject refuse decline"},
    {"allow permit", "forbid ban block prevent"},
    {"join", "leave"},
    {"love", "hate"},
    {"positive", "negative"},
    {"advantage benefit pro", "disadvantage drawback con"},
    {"strength", "weakness"},
    {"success", "failure"},
    {"public", "private"},
    {"same", "different"},
    {"always", "never"},
    {"single", "multiple"},
    {"single unmarried", "married"},
    {"day", "night"},
    {"morning", "evening"},
    {"summer", "winter"},
    {"north northern", "south southern"},
    {"east eastern", "west western"},
    {"man men male boy gentleman", "woman women female girl lady"},
    {"husband boyfriend", "wife girlfriend"},
    {"father dad", "mother mom"},
    {"son", "daughter"},
    {"brother", "sister"},
    {"uncle", "aunt"},
    {"black", "white"},
    {"introvert", "extrovert"},
    {"theoretical theory", "practical practice"},
    {"online", "offline"},
    {"domestic", "foreign"},
    {"horizontal", "vertical"},
    {"row", "column"},
    {"beginner", "expert advanced"},
});

constexpr auto prefixes =
    std::to_array<std::string_view>({"dis", "il", "im", "in", "ir", "mis", "non", "un"});
constexpr std::size_t shortest_negated = 4;

struct Entry {
  std::string stem{};
  std::size_t row = 0;
  std::size_t side = 0;
};

std::vector<Entry> make_entries() {
  std::vector<Entry> entries;
  for (std::size_t row = 0; row < opposites.size(); ++row) {
    for (std::size_t side = 0; side < 2; ++side) {
      std::string_view rest = opposites[row][side];
      while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        entries.push_back({prompt_stem(word), row, side});
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      }
    }
  }
  std::ranges::sort(entries, {}, &Entry::stem);
  return entries;
}

// Which sides of which row a prompt has a word of: bit 0 and bit 1.
std::vector<std::uint8_t> sides_in(PromptWords words) {
  static const std::vector<Entry> entries = make_entries();
  std::vector<std::uint8_t> sides(opposites.size(), 0);
  for (const PromptWord& word : words) {
    for (const Entry& entry : std::ranges::equal_range(entries, word.stem, {}, &Entry::stem)) {
      sides[entry.row] |= static_cast<std::uint8_t>(1U << entry.side);
    }
  }
  return sides;
}

std::vector<std::string_view> stems_of(PromptWords words) {
  std::vector<std::string_view> stems;
  for (const PromptWord& word : words) stems.push_back(word.stem);
  std::ranges::sort(stems);
  return stems;
}

// Whether `b` says "unhappy" where `a` says "happy".
bool is_prefixed(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  const auto has = [](const auto& sorted, std::string_view stem) {
    return std::ranges::binary_search(sorted, stem);
  };
  return std::ranges::any_of(b, [&](std::string_view stem) {
    return !has(a, stem) && std::ranges::any_of(prefixes, [&](std::string_view prefix) {
      if (!stem.starts_with(prefix) || stem.size() < prefix.size() + shortest_negated) return false;
      const std::string_view positive = stem.substr(prefix.size());
      return has(a, positive) && !has(b, positive);
    });
  });
}

}  // namespace

bool opposites_differ(PromptWords a, PromptWords b) {
  const auto sides_a = sides_in(a);
  const auto sides_b = sides_in(b);
  for (std::size_t row = 0; row < opposites.size(); ++row) {
    if ((sides_a[row] == 1 && sides_b[row] == 2) || (sides_a[row] == 2 && sides_b[row] == 1)) {
      return true;
    }
  }
  const auto stems_a = stems_of(a);
  const auto stems_b = stems_of(b);
  return is_prefixed(stems_a, stems_b) || is_prefixed(stems_b, stems_a);
}

}  // namespace polystore::values
