#pragma once

#include "values/prompt_words.hpp"

#include <span>

/// The rules of prompt_difference. Each is symmetric, and pure.
namespace polystore::values {

using PromptWords = std::span<const PromptWord>;

bool numbers_differ(PromptWords a, PromptWords b);
bool negations_differ(PromptWords a, PromptWords b);
bool names_differ(PromptWords a, PromptWords b);
bool roles_differ(PromptWords a, PromptWords b);
bool opposites_differ(PromptWords a, PromptWords b);
bool questions_differ(PromptWords a, PromptWords b);

}  // namespace polystore::values
