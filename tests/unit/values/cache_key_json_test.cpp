// That JSON is one however it is written, and another when it says something else.
#include "polystore/cache_key.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace polystore;

namespace {

using Random = std::mt19937_64;

std::string key_of(const std::string& context) {
  return CacheKey::of({.tenant = Tenant::shared(), .model = "m", .prompt = "p", .context = context})
      .to_string();
}

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

// A value as a tree; `text` is what a scalar is called in `spellings`, or the name of a field.
struct Tree {
  enum class Kind { scalar, array, object } kind = Kind::scalar;
  std::size_t scalar = 0;
  std::vector<std::pair<std::size_t, Tree>> children{};
};

// Ways to write one value.
const std::vector<std::vector<std::string>>& scalars() {
  static const std::vector<std::vector<std::string>> spellings{
      {"null"},
      {"true"},
      {"false"},
      {"0", "-0", "0.0", "-0.0", "0e7", "1e-999"},
      {"1", "1.0", "1e0", "10e-1", "0.1E+1"},
      {"-1", "-1.0", "-1e0"},
      {"0.5", "5e-1", "0.50", "0.05e1"},
      {"1e23", "1.0E23", "100000000000000000000000.0"},
      {"18446744073709551615"},
      {"9007199254740993"},
      {"9007199254740992", "9007199254740993.0"},
      {R"("")"},
      {R"("1")", R"("\u0031")"},
      {R"("é/")", "\"e\u0301/\"", R"("\u00e9\/")", R"("e\u0301\u002f")"},
      {"\"\U0001F600\"", R"("\ud83d\ude00")", R"("\uD83D\uDE00")"},
      {R"("\n\u0000")", R"("\u000a\u0000")"},
  };
  return spellings;
}

const std::vector<std::vector<std::string>>& names() {
  static const std::vector<std::vector<std::string>> spellings{
      {R"("")"},
      {R"("a")", R"("\u0061")"},
      {R"("aa")"},
      {R"("b\u0000")"},
      {R"("é")", "\"e\u0301\"", R"("e\u0301")"},
      {"\"\uffee\"", R"("\uFFEE")"},
      {"\"\U0001F600\"", R"("\ud83d\ude00")"},
  };
  return spellings;
}

Tree random_tree(Random& random, std::size_t levels) {
  Tree tree;
  tree.kind = levels == 0 ? Tree::Kind::scalar : static_cast<Tree::Kind>(below(random, 3));
  if (tree.kind == Tree::Kind::scalar) {
    tree.scalar = below(random, scalars().size());
    return tree;
  }
  std::vector<std::size_t> labels(names().size());
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i;
  std::shuffle(labels.begin(), labels.end(), random);
  labels.resize(below(random, 5));
  for (const std::size_t label : labels) {
    tree.children.emplace_back(label, random_tree(random, levels - 1));
  }
  return tree;
}

std::string blanks(Random& random) {
  static const std::array<std::string, 5> some{"", "", " ", "\n\t", "\r  "};
  return some.at(below(random, some.size()));
}

const std::string& one_of(Random& random, const std::vector<std::string>& spellings) {
  return spellings[below(random, spellings.size())];
}

std::string write(Random& random, Tree tree) {
  if (tree.kind == Tree::Kind::scalar) return one_of(random, scalars()[tree.scalar]);
  const bool object = tree.kind == Tree::Kind::object;
  if (object) std::shuffle(tree.children.begin(), tree.children.end(), random);
  std::string text = object ? "{" : "[";
  for (std::size_t i = 0; i < tree.children.size(); ++i) {
    const auto& [label, child] = tree.children[i];
    text += (i == 0 ? "" : ",") + blanks(random);
    if (object) text += one_of(random, names()[label]) + blanks(random) + ":" + blanks(random);
    text += write(random, child) + blanks(random);
  }
  return text + (object ? "}" : "]");
}

// Changes one value or one name, somewhere.
void change(Random& random, Tree& tree) {
  if (tree.kind != Tree::Kind::scalar && !tree.children.empty() && below(random, 4) != 0) {
    return change(random, tree.children[below(random, tree.children.size())].second);
  }
  if (tree.kind == Tree::Kind::scalar) {
    tree.scalar = (tree.scalar + 1) % scalars().size();
  } else if (tree.children.empty()) {
    tree.children.emplace_back(0, Tree{});
  } else {
    tree.children.pop_back();
  }
}

}  // namespace

TEST_CASE("JSON has one key however it is written, and another when it is changed") {
  Random random(3);
  for (int round = 0; round < 1'000; ++round) {
    Tree tree = random_tree(random, 4);
    const std::string text = write(random, tree);
    const std::string key = key_of(text);
    const std::string again = write(random, tree);
    if (key_of(again) != key) FAIL("these differ:\n" << text << '\n' << again);
    change(random, tree);
    const std::string changed = write(random, tree);
    if (key_of(changed) == key) FAIL("these are the same:\n" << text << '\n' << changed);
  }
}

TEST_CASE("no two of these JSON texts are one") {
  const std::vector<std::string> texts{
      "",
      "null",
      "true",
      "false",
      "0",
      "1",
      "-1",
      "\"\"",
      "\"1\"",
      "[]",
      "{}",
      "[[]]",
      "[{}]",
      "[1]",
      "[1,1]",
      "[[1],1]",
      "[1,[1]]",
      "[[1,1]]",
      "[\"11\"]",
      "[\"1\",1]",
      "[1,2]",
      "[2,1]",
      R"({"a":1})",
      R"({"a":"1"})",
      R"({"1":"a"})",
      R"({"a":[1]})",
      R"({"a":{"b":1}})",
      R"({"a":1,"b":{}})",
      R"({"a":{},"b":1})",
      "0.1",
      "0.2",
      "1e300",
      "-1e300",
      "1e-300",
      "\"null\"",
      "18446744073709551615",
      "18446744073709551616.0",
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "[null]",
      "[\"n\"]",
      "\"A\"",
      "\"a\"",
      "\"a \"",
      "\"\\u0000\"",
  };
  std::vector<std::string> keys;
  for (const std::string& text : texts) keys.push_back(key_of(text));
  std::ranges::sort(keys);
  CHECK(std::ranges::adjacent_find(keys) == keys.end());
}

TEST_CASE("compatibility forms and cases of letters stay apart") {
  CHECK(key_of("\"\ufb01\"") != key_of("\"fi\""));
  CHECK(key_of("\"\uff21\"") != key_of("\"A\""));
  CHECK(key_of(R"({"A":1})") != key_of(R"({"a":1})"));
}
