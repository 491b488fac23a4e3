#include "values/nfc.hpp"

#include "polystore/error.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace polystore::values {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Of Unicode 14, the larger ranges of what is_surely_nfc promises: most of what people write. What
// is missing here costs time, and a test compares each code point with utf8proc.
constexpr char32_t first_beyond_plane_0 = 0x10000;
constexpr std::array surely_in_plane_0{
    Range{0x0000, 0x02FF},                                                // Latin
    Range{0x038E, 0x03A1}, Range{0x03A3, 0x0482}, Range{0x0488, 0x052F},  // Greek, Cyrillic
    Range{0x0531, 0x0556}, Range{0x0559, 0x058A},                         // Armenian
    Range{0x05D0, 0x05EA}, Range{0x0600, 0x060F}, Range{0x061B, 0x064A},  // Hebrew, Arabic
    Range{0x0660, 0x066F}, Range{0x0671, 0x06D5}, Range{0x06EE, 0x070D}, Range{0x0900, 0x093B},
    Range{0x093D, 0x094C}, Range{0x0960, 0x0983},                         // Devanagari
    Range{0x0E01, 0x0E37}, Range{0x0E3F, 0x0E47}, Range{0x0E4C, 0x0E5B},  // Thai
    Range{0x10D0, 0x1160}, Range{0x11C3, 0x1248}, Range{0x13A0, 0x13F5},  // Georgian, Ethiopic
    Range{0x1400, 0x169C}, Range{0x1780, 0x17D1}, Range{0x1820, 0x1878},  // Khmer, Mongolian
    Range{0x1D00, 0x1DBF}, Range{0x1E00, 0x1F15},                         // Vietnamese
    Range{0x2002, 0x2064}, Range{0x2066, 0x2071}, Range{0x2074, 0x208E},  // punctuation
    Range{0x20A0, 0x20C0}, Range{0x212C, 0x218B}, Range{0x2190, 0x2328},  // symbols
    Range{0x232B, 0x2426}, Range{0x2460, 0x2ADB}, Range{0x2ADD, 0x2B73}, Range{0x2E00, 0x2E5D},
    Range{0x3000, 0x3029}, Range{0x3030, 0x303F}, Range{0x3041, 0x3096}, Range{0x309B, 0x30FF},
    Range{0x3131, 0x318E},                                                // Kana
    Range{0x3190, 0x31E3}, Range{0x3220, 0xA48C}, Range{0xAC00, 0xD7A3},  // Han, Hangul
    Range{0xE000, 0xF8FF}, Range{0xFE00, 0xFE19}, Range{0xFF01, 0xFFBE}, Range{0xFFFD, 0xFFFD},
};
constexpr std::array surely_beyond_plane_0{
    Range{0x1D400, 0x1D454}, Range{0x1D552, 0x1D6A5}, Range{0x1D7CE, 0x1D7FF},  // mathematics
    Range{0x1F000, 0x1F02B}, Range{0x1F100, 0x1F1AD}, Range{0x1F1E6, 0x1F202},  // emoji
    Range{0x1F300, 0x1F6D7}, Range{0x1F6E0, 0x1F6EC}, Range{0x1F6F0, 0x1F6FC},
    Range{0x1F7E0, 0x1F7EB}, Range{0x1F900, 0x1FA53}, Range{0x1FA90, 0x1FAAC},
    Range{0x20000, 0x2A6DF},  // Han
};

// A bit for each code point of plane 0.
constexpr auto surely_bits = [] {
  std::array<std::uint64_t, first_beyond_plane_0 / 64> bits{};
  for (const Range& range : surely_in_plane_0) {
    for (char32_t point = range.first; point <= range.last; ++point) {
      bits[point / 64] |= std::uint64_t{1} << (point % 64);
    }
  }
  return bits;
}();

bool is_sure_beyond_plane_0(char32_t point) noexcept {
  return std::any_of(
      surely_beyond_plane_0.begin(), surely_beyond_plane_0.end(),
      [&](const Range& range) { return point >= range.first && point <= range.last; });
}

inline bool is_sure(char32_t point) noexcept {
  return point < first_beyond_plane_0 ? (surely_bits[point / 64] >> (point % 64) & 1U) != 0
                                      : is_sure_beyond_plane_0(point);
}

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

// The first byte from `at` on that begins a code point of U+0300 or above; below, all text is in
// the form.
std::size_t find_above_latin(std::string_view text, std::size_t at) noexcept {
  constexpr unsigned char lead_of_0300 = 0xCC;  // continuations are below it, as leads of less are
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highest = ones << 7U;
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    // A byte's highest bit: its lower bits are those of 0xCC or more, and it has that bit itself.
    const std::uint64_t above = ((eight & ~highest) + ones * (0x100U - lead_of_0300)) & eight;
    if ((above & highest) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < lead_of_0300) ++at;
  return at;
}

struct Read {
  char32_t point;
  std::size_t size_bytes;
};

// The code point at `at`, of U+0080 or above, in valid UTF-8.
inline Read read_code_point(std::string_view text, std::size_t at) noexcept {
  const char32_t lead = byte_at(text, at);
  const char32_t second = byte_at(text, at + 1) & 0x3FU;
  if (lead < 0xE0) return {(lead & 0x1FU) << 6U | second, 2};
  const char32_t third = byte_at(text, at + 2) & 0x3FU;
  if (lead < 0xF0) return {(lead & 0x0FU) << 12U | second << 6U | third, 3};
  const char32_t fourth = byte_at(text, at + 3) & 0x3FU;
  return {(lead & 0x07U) << 18U | second << 12U | third << 6U | fourth, 4};
}

// The first code point from `at` on that is not surely in the form; `before` is where the last one
// that surely is begins, and must hold that on entry.
std::size_t find_doubt(std::string_view text, std::size_t at, std::size_t& before) noexcept {
  while (at < text.size()) {
    if (byte_at(text, at) < 0x80U) {
      at = find_above_latin(text, at);
      before = at - 1;
      while ((byte_at(text, before) & 0xC0U) == 0x80U) --before;
      continue;
    }
    const Read read = read_code_point(text, at);
    if (!is_sure(read.point)) return at;
    before = at;
    at += read.size_bytes;
  }
  return at;
}

// The first code point from `at` on that is surely in the form.
std::size_t find_surely(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && byte_at(text, at) >= 0x80U) {
    const Read read = read_code_point(text, at);
    if (is_sure(read.point)) return at;
    at += read.size_bytes;
  }
  return at;
}

[[noreturn]] void fail() {
  throw Error({.code = ErrorCode::internal,
               .operation = "normalise text",
               .message = "utf8proc refused valid UTF-8"});
}

int combining_class(std::int32_t point) noexcept {
  return utf8proc_get_property(point)->combining_class;
}

// utf8proc_decompose orders marks too, but in n squared.
void order_marks(std::vector<std::int32_t>& points) {
  const auto is_starter = [](std::int32_t point) { return combining_class(point) == 0; };
  auto begin = points.begin();
  while ((begin = std::find_if_not(begin, points.end(), is_starter)) != points.end()) {
    const auto end = std::find_if(begin, points.end(), is_starter);
    std::stable_sort(begin, end, [](std::int32_t left, std::int32_t right) {
      return combining_class(left) < combining_class(right);
    });
    begin = end;
  }
}

// Uses `points` for itself.
void append_normalised(std::string_view text, std::vector<std::int32_t>& points, std::string& to) {
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  points.clear();
  for (std::size_t at = 0; at < text.size();) {
    const Read read =
        byte_at(text, at) < 0x80 ? Read{byte_at(text, at), 1} : read_code_point(text, at);
    at += read.size_bytes;
    std::array<std::int32_t, 8> parts{};  // canonical decompositions have up to four
    const auto count =
        utf8proc_decompose_char(static_cast<std::int32_t>(read.point), parts.data(),
                                static_cast<utf8proc_ssize_t>(parts.size()), options, nullptr);
    if (count < 0 || static_cast<std::size_t>(count) > parts.size()) fail();
    points.insert(points.end(), parts.begin(), parts.begin() + count);
  }
  order_marks(points);
  const auto length = utf8proc_normalize_utf32(
      points.data(), static_cast<utf8proc_ssize_t>(points.size()), options);
  if (length < 0) fail();
  points.resize(static_cast<std::size_t>(length));
  for (const std::int32_t point : points) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(point, bytes.data());
    to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
  }
}

}  // namespace

bool is_surely_nfc(char32_t code_point) noexcept { return is_sure(code_point); }

std::string_view to_nfc(std::string_view text, std::string& scratch) {
  std::size_t before = 0;
  std::size_t doubt = find_doubt(text, 0, before);
  if (doubt == text.size()) return text;
  scratch.clear();
  std::vector<std::int32_t> points;
  std::size_t done = 0;
  while (doubt < text.size()) {
    // The one before the doubt may compose with it; what follows up to the next sure one may, too.
    const std::size_t end = find_surely(text, doubt);
    scratch.append(text.substr(done, before - done));
    append_normalised(text.substr(before, end - before), points, scratch);
    done = end;
    before = end;
    doubt = find_doubt(text, end, before);
  }
  scratch.append(text.substr(done));
  return scratch;
}

}  // namespace polystore::values
