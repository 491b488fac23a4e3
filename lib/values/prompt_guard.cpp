#include "polystore/prompt_guard.hpp"

#include "values/prompt_rules.hpp"

namespace polystore {

std::string_view to_string(PromptDifference difference) noexcept {
  switch (difference) {
    case PromptDifference::none:
      return "none";
    case PromptDifference::number:
      return "number";
    case PromptDifference::negation:
      return "negation";
    case PromptDifference::name:
      return "name";
    case PromptDifference::role:
      return "role";
    case PromptDifference::opposite:
      return "opposite";
    case PromptDifference::question:
      return "question";
  }
  return "unknown";
}

PromptDifference prompt_difference(std::string_view a, std::string_view b) {
  const auto words_a = values::prompt_words(a);
  const auto words_b = values::prompt_words(b);
  if (values::numbers_differ(words_a, words_b)) return PromptDifference::number;
  if (values::negations_differ(words_a, words_b)) return PromptDifference::negation;
  if (values::names_differ(words_a, words_b)) return PromptDifference::name;
  if (values::roles_differ(words_a, words_b)) return PromptDifference::role;
  if (values::opposites_differ(words_a, words_b)) return PromptDifference::opposite;
  if (values::questions_differ(words_a, words_b)) return PromptDifference::question;
  return PromptDifference::none;
}

}  // namespace polystore
