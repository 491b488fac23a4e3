#include "polystore/prompt_guard.hpp"

#include "values/prompt_words.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using polystore::prompt_difference;
using polystore::PromptDifference;

struct Case {
  std::string_view a{};
  std::string_view b{};
};

// In both orders.
void check_all(const std::vector<Case>& cases, PromptDifference expected) {
  for (const Case& pair : cases) {
    CAPTURE(pair.a, pair.b);
    CHECK(to_string(prompt_difference(pair.a, pair.b)) == to_string(expected));
    CHECK(to_string(prompt_difference(pair.b, pair.a)) == to_string(expected));
  }
}

TEST_CASE("prompt guard: numbers, units and dates must agree") {
  check_all({{"how do I bake 2 loaves in 3 hours?", "how do I bake 4 loaves in 3 hours?"},
             {"Is 5 kg much?", "Is 5 lb much?"},
             {"Can I walk 5 miles?", "Can I walk 5 kilometers?"},
             {"the laptop for 40k", "the laptop for 50k"},
             {"who was mayor in 1990?", "who was mayor in 1995?"},
             {"what comes with debian 12", "what comes with debian 12.1"},
             {"what is new in python 3.1?", "what is new in python 3.10?"},
             {"the size of a drill 40x", "the size of a drill 60x"},
             {"cases for iphone5", "cases for iphone 6"},
             {"what do three cups weigh?", "what do four cups weigh?"},
             {"the 2nd world cup", "the 3rd world cup"},
             {"World War I", "World War II"},
             {"the weather on 3 march 2024", "the weather on 3 april 2024 in march"},
             {"is the shop open on monday?", "is the shop open on sunday?"},
             {"invest $35", "invest 35,000$"},
             {"invest $35",
              "invest \xE2\x82\xAC"
              "35"},
             {"water at -5 degrees", "water at 5 degrees"},
             {"ten facts about bees", "facts about bees"},
             {"half of the cake", "the cake"}},
            PromptDifference::number);
}

TEST_CASE("prompt guard: one number may be written in many ways") {
  check_all({{"a city of 1000 people", "a city of a thousand people"},
             {"a city of 1,000 people", "a city of 1k people"},
             {"a flat for 1.5 million", "a flat for 1500000"},
             {"a flat for 2 lakh", "a flat for 200,000"},
             {"lose 5 kgs", "lose five kilograms"},
             {"wait for 2 hrs", "wait for two hours"},
             {"phones below Rs. 10,000",
              "phones below \xE2\x82\xB9"
              "10k"},
             {"twenty five trees", "25 trees"},
             {"a 4-year course", "a 4 year course"},
             {"cases for iphone6", "cases for iphone 6"},
             {"class 11th books", "class 11 books"},
             {"World War II", "World War 2"},
             {"the weather on 3 jan", "the weather on 3 january"},
             {"price 5.00 dollars", "price $5"},
             {"temperature of 20", "temperature of 20 celsius"},
             {"12 % of it", "12 percent of it"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: negation must agree") {
  check_all({{"why is my oven hot?", "why is my oven not hot?"},
             {"why do cats purr?", "why don't cats purr?"},
             {"why do cats purr?", "why don\xE2\x80\x99t cats purr?"},
             {"why do cats purr?", "why dont cats purr?"},
             {"can I live with sugar?", "can I live without sugar?"},
             {"who was ever king?", "who was never king?"},
             {"can I eat rice but not bread?", "can I eat bread but not rice?"}},
            PromptDifference::negation);
  check_all({{"why don't cats purr?", "why do cats not purr?"},
             {"why can't I sleep?", "why am I unable to sleep?"},
             {"is it good or not?", "is it good?"},
             {"what is the no 1 song?", "what is the no. 1 song?"},
             {"is it not only good?", "is it good?"},
             {"can I eat rice but not bread?", "can I have rice but no bread?"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: names, quotes, identifiers and URLs must agree") {
  check_all({{"What is the tax in California?", "What is the tax in Utah?"},
             {"What is the tax in California?", "What is the tax?"},
             {"how big is New York?", "how big is New Jersey?"},
             {"what does NATO do?", "what does WHO do?"},
             {"is Vitamin C good?", "is Vitamin D good?"},
             {"how to learn C++", "how to learn C"},
             {"why is C# liked?", "why is C++ liked?"},
             {"who is the head of the Indian Army?", "who is the head of the Indian Navy?"},
             {"what does \"break a leg\" mean?", "what does \"break the ice\" mean?"},
             {"what does `git pull` do?", "what does `git push` do?"},
             {"what does read_file do?", "what does write_file do?"},
             {"what does vector::at() throw?", "what does map::at() throw?"},
             {"sum up https://example.com/a", "sum up https://example.com/b"},
             {"what is in /etc/hosts", "what is in /etc/passwd"},
             {"mail anna@example.com", "mail otto@example.com"},
             {"wer wohnt in \xC3\x84gypten", "wer wohnt in \xC3\x96sterreich"}},
            PromptDifference::name);
}

TEST_CASE("prompt guard: one name may be written in many ways") {
  check_all({{"how do I ship to Peru?", "how do I ship to peru?"},
             {"how old is Donald Trump?", "how old is Trump?"},
             {"the best movies of India", "the best Indian movies"},
             {"why do Germans drink beer?", "why does Germany drink beer?"},
             {"how big is the USA?", "how big is the United States of America?"},
             {"how big is the U.S.?", "how big is America?"},
             {"who leads the U.N.?", "who leads the UN?"},
             {"who is the PM of Spain?", "who is the prime minister of Spain?"},
             {"ads on YouTube", "ads on you tube"},
             {"What Is The Capital Of Spain?", "what is the capital of Spain?"},
             {"HOW DO I COOK RICE", "how do I cook rice"},
             {"Cook some rice. Please be quick.", "cook some rice, please be quick"},
             {"Spain's capital", "the capital of Spain"},
             {"his height is 5'10\" or so", "his height is 5'10 or so"},
             {"I'm tired", "i'm tired"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: roles must not be exchanged") {
  check_all({{"how do I convert pdf to word?", "how do I convert word to pdf?"},
             {"a train from rome to paris", "a train from paris to rome"},
             {"a flight from new delhi to san jose", "a flight from san jose to new delhi"},
             {"is rust faster than go?", "is go faster than rust?"},
             {"can a dog bite a man?", "can a man bite a dog?"},
             {"should I eat before running?", "should I run before eating?"},
             {"should I eat before running?", "should I eat after running?"},
             {"after lunch, what is good?", "before lunch, what is good?"},
             {"was caesar killed by brutus?", "was brutus killed by caesar?"},
             {"is the lake above the town?", "is the town above the lake?"}},
            PromptDifference::role);
  check_all({{"how do I convert pdf to word?", "how can I turn a pdf into word?"},
             {"a train from rome to paris", "a train to paris from rome"},
             {"should I eat before running?", "should I run after eating?"},
             {"what differs between rust and go?", "what differs between go and rust?"},
             {"rust vs go", "go vs rust"},
             {"how can I learn chess?", "chess: how can I learn it?"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: words must not be opposites") {
  check_all({{"how to increase traffic", "how to decrease traffic"},
             {"how to raise prices", "how to reduce prices"},
             {"the first man there", "the last man there"},
             {"is the bird alive?", "is the bird dead?"},
             {"stopping a service", "starting a service"},
             {"how to enable pings", "how to disable pings"},
             {"the best films", "the worst films"},
             {"the biggest fish", "the smallest fish"},
             {"is it legal?", "is it illegal?"},
             {"how can people be happy?", "how can people be unhappy?"},
             {"installing a driver", "uninstalling a driver"},
             {"upload a file", "download a file"},
             {"turn on the light", "turn off the light"}},
            PromptDifference::opposite);
  check_all({{"how to increase traffic", "how to grow traffic"},
             {"the first and the last", "the last and the first"},
             {"the best films", "good films"},
             {"is it legal or illegal?", "is it legal?"},
             {"upload and download", "download and upload"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: what is asked for must agree") {
  check_all({{"why do cells breathe?", "how do cells breathe?"},
             {"how will it end?", "when will it end?"},
             {"where is it sold?", "what is sold?"},
             {"who made it?", "how was it made?"},
             {"how many cups are bad?", "are cups bad?"}},
            PromptDifference::question);
  check_all({{"why do cats purr?", "what is the reason that cats purr?"},
             {"which film is liked and why?", "which film is liked?"},
             {"how do I feel when I sleep?", "how do I feel while I sleep?"},
             {"where is it sold?", "in which shop is it sold?"},
             {"how much is it?", "what is its price?"},
             {"what is a good way to cook?", "how do I cook?"}},
            PromptDifference::none);
}

TEST_CASE("prompt guard: a prompt differs from itself by no rule, nor by blanks and punctuation") {
  for (const std::string_view prompt :
       {"", " ", "?", "Why didn't the U.S. Army buy 5,000 `int x_y` at https://a.b/c \"then\"?",
        "Is \"", "an open `tick", "$", "- 5", "II", "I", "a\xFFz", "first last", "not"}) {
    CAPTURE(prompt);
    CHECK(prompt_difference(prompt, prompt) == PromptDifference::none);
    CHECK(prompt_difference("  " + std::string(prompt) + "  ", prompt) == PromptDifference::none);
  }
}

// Words that every rule looks at, and pieces that break words.
std::string random_prompt(std::mt19937& random) {
  constexpr auto pieces = std::to_array<std::string_view>(
      {"Paris", "rome",  "NATO",    "5",     "kg",      "20",    "not",   "don't",        "to",
       "from",  "than",  "II",      "X",     "before",  "after", "first", "last",         "why",
       "When",  "how",   "many",    "$",     "%",       ".",     "?",     "\"",           "`x`",
       "a_b",   "u.s.",  "million", "happy", "dog",     "\xC3",  "\xFF",  "\xC3\x84pfel", "twenty",
       "two",   "legal", "illegal", "-7",    "www.a.b", "\n",    "the",   "March",        "second",
       "0",     "0.50",  "C++",     "or"});
  std::uniform_int_distribution<std::size_t> count(0, 14);
  std::uniform_int_distribution<std::size_t> pick(0, pieces.size() - 1);
  std::string prompt;
  for (std::size_t left = count(random); left > 0; --left) {
    prompt += pieces[pick(random)];
    if (random() % 8 != 0) prompt += ' ';
  }
  return prompt;
}

std::string shuffled_words(const std::string& prompt, std::mt19937& random) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : prompt + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  std::ranges::shuffle(words, random);
  std::string shuffled;
  for (const std::string& next : words) shuffled += next + " ";
  return shuffled;
}

TEST_CASE("prompt guard: the order of two prompts is of no matter") {
  std::mt19937 random(20261126);
  std::size_t refused = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string a = random_prompt(random);
    const std::string b = i % 2 == 0 ? shuffled_words(a, random) : random_prompt(random);
    const auto difference = prompt_difference(a, b);
    CAPTURE(i, a, b);
    REQUIRE(difference == prompt_difference(b, a));
    REQUIRE(prompt_difference(a, a) == PromptDifference::none);
    refused += difference == PromptDifference::none ? 0U : 1U;
  }
  CHECK(refused > 200);
  CHECK(refused < 2000);
}

TEST_CASE("prompt guard: any bytes are taken") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::array<std::string, 2> prompts;
    for (std::string& prompt : prompts) {
      prompt.resize(random() % 40);
      for (char& c : prompt) c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 128));
    }
    const auto& [a, b] = prompts;
    REQUIRE(prompt_difference(a, b) == prompt_difference(b, a));
    REQUIRE(prompt_difference(a, a) == PromptDifference::none);
  }
}

TEST_CASE("prompt guard: long prompts are read word by word") {
  // What takes more than n log n would not end here: many words, and one word as long.
  std::string words;
  for (int i = 0; i < 10'000; ++i) words += i % 3 == 0 ? "dog to " : "Ab 7 not \" ";
  CHECK(prompt_difference(words, words) == PromptDifference::none);
  const std::string word(400'000, 'A');
  CHECK(prompt_difference(word, word) == PromptDifference::none);
  const std::string digits(400'000, '9');
  CHECK(prompt_difference(digits, digits + "1") == PromptDifference::number);
  CHECK(prompt_difference(std::string(200'000, '"'), std::string(200'000, '.')) ==
        PromptDifference::none);
}

TEST_CASE("prompt guard: a stem is that of all forms of a word") {
  using polystore::values::prompt_stem;
  CHECK(prompt_stem("stopping") == prompt_stem("stop"));
  CHECK(prompt_stem("stops") == prompt_stem("stopped"));
  CHECK(prompt_stem("increases") == prompt_stem("increasing"));
  CHECK(prompt_stem("movies") == prompt_stem("movie"));
  CHECK(prompt_stem("studied") == prompt_stem("study"));
  CHECK(prompt_stem("dog's") == prompt_stem("dogs"));
  CHECK(prompt_stem("class") == prompt_stem("classes"));
  CHECK(prompt_stem("less") != prompt_stem("let"));
  CHECK(prompt_stem("") == "");
  CHECK(prompt_stem("s") == "s");
}

TEST_CASE("prompt guard: every rule has a name") {
  using enum PromptDifference;
  std::vector<std::string_view> names;
  for (const auto rule : {none, number, negation, name, role, opposite, question}) {
    names.push_back(to_string(rule));
  }
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
  CHECK_FALSE(std::ranges::binary_search(names, "unknown"));
}

}  // namespace
