#include "values/text.hpp"

#include <catch2/catch_test_macros.hpp>

using polystore::values::count_characters;
using polystore::values::fold_words;
using polystore::values::is_plain_ascii;
using polystore::values::is_text;
using polystore::values::split_words;
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

TEST_CASE("text is told from what is not, wherever the byte stands") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string plain(size, size % 2 == 0 ? '\x01' : '\x7f');
    CHECK(is_plain_ascii(plain));
    CHECK(is_text(plain));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char bad : {'\0', '\x80', '\xff'}) {
        std::string text = plain;
        text[at] = bad;
        if (is_plain_ascii(text) || is_text(text)) FAIL(size << " bytes, at " << at);
      }
      std::string letters = plain;
      letters.replace(at, 1, "\u00e9");
      if (is_plain_ascii(letters) || !is_text(letters)) FAIL(size << " bytes, at " << at);
      letters += '\0';
      if (is_text(letters)) FAIL(size << " bytes, at the end");
    }
  }
}

TEST_CASE("words are folded so that every case and Unicode form finds the other") {
  CHECK(fold_words("AI-Powered News, news!") == Words{"ai", "news", "powered"});
  CHECK(fold_words("Straße STRASSE") == Words{"strasse"});
  CHECK(fold_words("caf\xc3\xa9 cafe\xcc\x81") == Words{"caf\xc3\xa9"});
  CHECK(fold_words("ﬁne 模型 2024") == Words{"2024", "fine", "模型"});
  CHECK(fold_words("?! …").empty());
}

TEST_CASE("words are split as they are, each once, with or without the symbols beside them") {
  CHECK(split_words("-Foo \"bar, foo Foo_2 bar!") == Words{"Foo", "bar", "foo", "2"});
  CHECK(split_words("Foo_2 5€ hi😀 ☂ _ a-b", true) == Words{"Foo_2", "5€", "hi😀", "a", "b"});
  CHECK(split_words("5€ hi😀 ☂") == Words{"5", "hi"});
  CHECK(split_words("Größe café 東京") == Words{"Größe", "café", "東京"});
  CHECK(split_words("?! …", true).empty());
  CHECK(split_words("").empty());
}
