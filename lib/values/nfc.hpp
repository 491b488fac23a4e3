#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace polystore::values {

/// Whether a code point stands in no way of normalisation: it is in Normalization Form C, no code
/// point before it can compose with it, and its combining class is 0. False may be a false alarm,
/// as for code points of rarer scripts. Pure.
bool is_surely_nfc(char32_t code_point) noexcept;

/// Valid UTF-8 in Unicode's Normalization Form C (Unicode Standard Annex 15): `text` itself where
/// it is in that form as far as a glance can tell, else `scratch`, which then holds it. Takes
/// n log n at most, however many combining marks follow each other.
std::string_view to_nfc(std::string_view text, std::string& scratch);

}  // namespace polystore::values
