#pragma once

#include "polystore/request.hpp"

#include <optional>
#include <string>

namespace polystore::semantic {

/// A request that may share the answer of another one.
struct Question {
  std::string text{};       ///< What may be put in other words.
  std::string partition{};  ///< Equal for requests that are equal in all else. 64 characters.
};

/// Nothing where an answer depends on chance (a temperature above `max_temperature`, or the model's
/// own), on tools, on more than one turn, or on a text that is too long to be kept. Pure.
/// Errors: as of CacheKey::of.
std::optional<Question> question_of(const Request& request, double max_temperature);

/// The request with another text; it must have a question.
Request with_text(Request request, std::string text);

}  // namespace polystore::semantic
