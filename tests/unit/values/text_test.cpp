#include "values/text.hpp"

#include <catch2/catch_test_macros.hpp>

using polystore::values::count_characters;
using polystore::values::fold_words;
using Words = std::vector<std::string>;

TEST_CASE("characters are code points, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("abc") == 3);
  CHECK(count_characters("é🙂") == 2);
}

TEST_CASE("what is not UTF-8, or has a NUL, has no count") {
  using namespace std::string_view_literals;
  for (const auto text : {"\xff"sv, "a\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xed\xa0\x80"sv,
                          "\xf4\x90\x80\x80"sv, "a\0b"sv}) {
    CHECK_FALSE(count_characters(text));
  }
}

TEST_CASE("words are folded so that every case and Unicode form finds the other") {
  CHECK(fold_words("AI-Powered News, news!") == Words{"ai", "news", "powered"});
  CHECK(fold_words("Straße STRASSE") == Words{"strasse"});
  CHECK(fold_words("caf\xc3\xa9 cafe\xcc\x81") == Words{"caf\xc3\xa9"});
  CHECK(fold_words("ﬁne 模型 2024") == Words{"2024", "fine", "模型"});
  CHECK(fold_words("?! …").empty());
}
