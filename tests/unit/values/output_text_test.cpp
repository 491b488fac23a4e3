#include "values/output_text.hpp"

#include "polystore/document.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;

namespace {

std::string text_of(const std::string& json, std::size_t most_bytes = 1000) {
  return values::output_text(Document::from_json(json).bson(), most_bytes);
}

}  // namespace

TEST_CASE("an output's text is its strings, at any depth, and nothing else") {
  CHECK(text_of(R"({"a":"one","b":[1,"two",{"c":["three"]}],"d":{"e":"four"},"f":null})") ==
        "one\ntwo\nthree\nfour\n");
  CHECK(text_of("{}").empty());
  CHECK(text_of(R"({"a":"zero\u0000byte"})") == "zero byte\n");
}

TEST_CASE("an output's text is cut where it gets too long, never within a character") {
  const std::string json = R"({"a":"abc","b":"a€z","c":"more"})";  // the sign has three bytes
  CHECK(text_of(json, 0).empty());
  CHECK(text_of(json, 2) == "ab");
  CHECK(text_of(json, 5) == "abc\na");
  CHECK(text_of(json, 6) == "abc\na");
  CHECK(text_of(json, 7) == "abc\na");
  CHECK(text_of(json, 8) == "abc\na€");
  CHECK(text_of(json, 9) == "abc\na€z");
  CHECK(text_of(json, 10) == "abc\na€z\n");
}
