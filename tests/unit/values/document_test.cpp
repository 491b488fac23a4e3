#include "polystore/document.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace polystore;
using test::check_refused;

namespace {

// {"a":{"a":…1…}} with that many objects.
std::string nested(std::size_t levels, bool arrays = false) {
  std::string text = R"({"a":)";
  for (std::size_t i = 1; i < levels; ++i) text += arrays ? "[" : R"({"a":)";
  text += "1";
  for (std::size_t i = 1; i < levels; ++i) text += arrays ? "]" : "}";
  return text + "}";
}

}  // namespace

TEST_CASE("JSON goes in and comes out with types, order and Unicode kept") {
  const auto document = Document::from_json(
      R"({"s":"héé 🙂","i":7,"n":-9223372036854775808,"d":1.5,"e":1e3,"b":true,"z":null,"a":[1,[2]],"o":{"$oid":"x"}})");
  CHECK(document.get_string("s") == "héé 🙂");
  CHECK(document.get_integer("i") == 7);
  CHECK(document.get_integer("n") == std::numeric_limits<std::int64_t>::min());
  CHECK(document.get_number("d") == 1.5);
  CHECK(document.get_number("i") == 7.0);
  CHECK(document.get_integer("e") == 1000);
  CHECK(document.get_bool("b") == true);
  CHECK(document.get_integer("a.1.0") == 2);
  CHECK(document.get_string("o.$oid") == "x");
  CHECK_FALSE(document.get_string("i"));
  CHECK_FALSE(document.get_integer("d"));
  CHECK_FALSE(document.get_bool("missing"));
  CHECK(Document::from_json(document.to_json()) == document);
}

TEST_CASE("an empty document is the empty object") {
  CHECK(Document().to_json() == Document::from_json("{}").to_json());
  CHECK(Document() == Document::from_json(" { } "));
}

TEST_CASE("a byte order mark before JSON is skipped") {
  CHECK(Document::from_json("\xEF\xBB\xBF{\"a\":1}") == Document::from_json(R"({"a":1})"));
}

TEST_CASE("numbers keep their kind, and names their order and repeats") {
  const std::string json = R"({"b":-0,"a":1.0,"b":2147483648,"c":[-1e2,true,null,{}]})";
  CHECK(Document::from_json(json).to_json() ==
        R"({ "b" : 0, "a" : 1.0, "b" : 2147483648, "c" : [ -100.0, true, null, {  } ] })");
}

TEST_CASE("what is not a JSON object is refused") {
  check_refused("output", "not an array", [] { (void)Document::from_json("[1]"); });
  check_refused("output", "must be a JSON object", [] { (void)Document::from_json("1"); });
  check_refused("output", "must be a JSON object", [] { (void)Document::from_json("null"); });
  check_refused("output", "not valid JSON", [] { (void)Document::from_json(""); });
  check_refused("output", "stopped at byte", [] { (void)Document::from_json(R"({"a":1)"); });
  check_refused("output", "stopped at byte", [] { (void)Document::from_json(R"({"a":1} x)"); });
  check_refused("output", "not valid JSON", [] { (void)Document::from_json(R"({"a":NaN})"); });
}

TEST_CASE("JSON that would lose something is refused, never bent") {
  check_refused("output", "64 bits",
                [] { (void)Document::from_json(R"({"a":9223372036854775808})"); });
  check_refused("output", "64 bits",
                [] { (void)Document::from_json(R"({"a":99999999999999999999})"); });
  check_refused("output", "range of a double", [] { (void)Document::from_json(R"({"a":1e400})"); });
  check_refused("output", "empty field name", [] { (void)Document::from_json(R"({"":1})"); });
  check_refused("output", "NUL", [] { (void)Document::from_json(R"({"a\u0000b":1})"); });
  check_refused("output", "not valid JSON", [] { (void)Document::from_json("{\"a\":\"\xff\"}"); });
  check_refused("output", "not valid JSON", [] { (void)Document::from_json(R"({"a":"\ud800"})"); });
}

TEST_CASE("a refusal never quotes the text") {
  const auto error = test::error_of([] { (void)Document::from_json(R"({"a":"s3cr3t" "b"})"); });
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("nesting is taken up to the limit and refused beyond it") {
  CHECK(Document::from_json(nested(limits::output_levels)).size_bytes() > limits::output_levels);
  CHECK(Document::from_json(nested(limits::output_levels, true)).size_bytes() > 0);
  check_refused("output", "179 levels",
                [] { (void)Document::from_json(nested(limits::output_levels + 1)); });
  check_refused("output", "179 levels",
                [] { (void)Document::from_json(nested(limits::output_levels + 1, true)); });
  check_refused("output", "levels", [] { (void)Document::from_json(nested(100'000)); });
  const auto deepest = Document::from_json(nested(limits::output_levels));
  CHECK(Document::from_json(deepest.to_json()) == deepest);
  CHECK(Document::from_bson(deepest.bson()) == deepest);
}

TEST_CASE("size is refused beyond 16 MiB") {
  const std::string big(limits::content_bytes, 'x');
  check_refused("output", "16777216 bytes",
                [&] { (void)Document::from_json(R"({"a":")" + big + R"("})"); });
  std::string many = R"({"a":[)";
  for (int i = 0; i < 20; ++i) many += (i == 0 ? "\"" : ",\"") + big.substr(0, 1 << 20) + "\"";
  check_refused("output", "16777216 bytes", [&] { (void)Document::from_json(many + "]}"); });
}

TEST_CASE("BSON is checked before it is taken") {
  const auto good = Document::from_json(R"({"a":[{"b":"c"}]})");
  CHECK(Document::from_bson(good.bson()) == good);
  std::vector<std::byte> bytes(good.bson().begin(), good.bson().end());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    check_refused("output", "BSON", [&] { (void)Document::from_bson({bytes.data(), size}); });
  }
  // No flipped byte crashes; where it is taken, it is a document that prints.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto damaged = bytes;
      damaged[i] ^= static_cast<std::byte>(flip);
      try {
        const std::string json = Document::from_bson(damaged).to_json();
        CHECK(json.front() == '{');
      } catch (const Error& error) {
        CHECK(
            (error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::data_loss));
      }
    }
  }
}
