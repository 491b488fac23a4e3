#include "values/nfc.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using polystore::values::is_surely_nfc;
using polystore::values::to_nfc;

namespace {

constexpr char32_t last_code_point = 0x10FFFF;

bool is_surrogate(char32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

std::string utf8(char32_t point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)};
}

// utf8proc's own way, over the whole text at once.
std::string reference(const std::string& text) {
  utf8proc_uint8_t* made = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &made,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  REQUIRE(size >= 0);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

std::string normalised(const std::string& text) {
  std::string scratch = "rest of another text";
  return std::string(to_nfc(text, scratch));
}

// Every code point that is not the first in the canonical decomposition of another.
std::set<char32_t> followers() {
  std::set<char32_t> found;
  for (char32_t point = 0; point <= last_code_point; ++point) {
    std::array<utf8proc_int32_t, 8> parts{};
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(point), parts.data(),
                                               8, UTF8PROC_DECOMPOSE, nullptr);
    for (auto i = 1; i < count; ++i) {
      found.insert(static_cast<char32_t>(parts.at(static_cast<std::size_t>(i))));
    }
  }
  return found;
}

}  // namespace

TEST_CASE("what is surely in the form neither changes nor composes with what is before it") {
  const std::set<char32_t> composes = followers();
  REQUIRE(composes.contains(0x0301));
  std::size_t sure = 0;
  for (char32_t point = 0; point <= last_code_point; ++point) {
    if (!is_surely_nfc(point)) continue;
    ++sure;
    const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(point));
    const bool good = !is_surrogate(point) && property->combining_class == 0 &&
                      !composes.contains(point) && reference(utf8(point)) == utf8(point);
    if (!good) FAIL("U+" << std::hex << static_cast<unsigned>(point));
  }
  CHECK(sure > 90'000);
}

TEST_CASE("each code point is normalised as utf8proc does it, alone and among others") {
  for (char32_t point = 1; point <= last_code_point; ++point) {
    if (is_surrogate(point)) continue;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
    const bool dull = is_surely_nfc(point) || category == UTF8PROC_CATEGORY_CN ||
                      category == UTF8PROC_CATEGORY_CO;
    if (dull && point % 256 != 0) continue;
    const std::string one = utf8(point);
    for (const std::string& text : {one, "a" + one + "z", one + "\u0301", "\u1100" + one}) {
      if (normalised(text) != reference(text))
        FAIL("U+" << std::hex << static_cast<unsigned>(point));
    }
  }
}

TEST_CASE("random texts are normalised as utf8proc does it") {
  const std::vector<char32_t> pool{'a',    'e',    ' ',    0xE9,   0x1EC7, 0x0301, 0x0302,  0x0323,
                                   0x0345, 0x0958, 0x212B, 0x1100, 0x1161, 0x11A8, 0xAC00,  0xAC01,
                                   0x6F22, 0x09C7, 0x09BE, 0x0F71, 0x0F72, 0x2ADC, 0x1D15E, 0x1F600,
                                   0x05D0, 0x05BC, 0x0653, 0x0627, 0x3042, 0x3099, 0xFB2C,  0x0300};
  std::mt19937 random(5);
  std::uniform_int_distribution<std::size_t> pick(0, pool.size() - 1);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t length = pick(random); length > 0; --length) text += utf8(pool[pick(random)]);
    const std::string made = normalised(text);
    if (made != reference(text)) FAIL("round " << round);
    if (normalised(made) != made) FAIL("not the same the second time, round " << round);
  }
}

TEST_CASE("a text that is in the form is not copied") {
  std::string scratch;
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("Caf\u00e9 \u6f22\u5b57 \U0001F600")}) {
    CHECK(to_nfc(text, scratch).data() == text.data());
  }
}

TEST_CASE("marks without end take no time squared") {
  std::string marks = "a";
  for (int i = 0; i < 200'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
  const std::string made = normalised(marks);  // utf8proc alone takes hours
  CHECK(made.size() == marks.size());
  CHECK(made.starts_with("\u1ea1\u0323"));
}
