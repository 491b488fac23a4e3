#pragma once

#include "polystore/export.hpp"

#include <cstdint>
#include <string_view>

namespace polystore {

/// Why two prompts must not share an answer, by the first rule that says so.
enum class PromptDifference : std::uint8_t {
  none,      ///< No rule sees one.
  number,    ///< Numbers, number words, ordinals, versions or their units.
  negation,  ///< One says "not", or both say it of different words.
  name,      ///< A name, an acronym, quoted text, an identifier or a URL.
  role,      ///< The same words with exchanged roles: "A to B", "B to A".
  opposite,  ///< Words of opposite meaning, each in one of them.
  question,  ///< Why, when, where, who or how many is asked in one of them.
};

/// The rule's name, as docs/semantic.md has it. Pure.
POLYSTORE_EXPORT std::string_view to_string(PromptDifference difference) noexcept;

/// Compares two prompts by rules about words, in any order of the two; what the rules are and what
/// they can't see is told by docs/semantic.md. Takes any bytes: those that are not UTF-8 count as
/// letters. Takes n log n of their length. Pure.
POLYSTORE_EXPORT PromptDifference prompt_difference(std::string_view a, std::string_view b);

}  // namespace polystore
