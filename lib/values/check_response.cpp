#include "values/check_response.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/text.hpp"

#include <algorithm>
#include <string>

namespace polystore::values {
namespace {

void check_size(std::string_view operation, std::string_view field, std::size_t size,
                std::size_t most) {
  if (size > most) {
    throw_invalid_argument(operation, field,
                           "has " + std::to_string(size) + " bytes, the limit is " +
                               std::to_string(most) + "; shorten it");
  }
}

void check_chunk_ends(std::string_view operation, const Response& response) {
  const auto& ends = response.chunk_ends;
  if (ends.size() > limits::chunks_per_response) {
    throw_invalid_argument(operation, "chunk_ends",
                           "are " + std::to_string(ends.size()) + ", the limit is " +
                               std::to_string(limits::chunks_per_response) + "; join chunks");
  }
  if (!std::ranges::is_sorted(ends)) {
    throw_invalid_argument(operation, "chunk_ends", "must ascend");
  }
  if (!ends.empty() && ends.back() != response.text.size()) {
    throw_invalid_argument(operation, "chunk_ends",
                           "must end at the end of the text, or be left out");
  }
}

}  // namespace

void check_response(std::string_view operation, const Response& response) {
  check_size(operation, "text", response.text.size(), limits::response_bytes);
  check_chunk_ends(operation, response);
  check_size(operation, "finish_reason", response.finish_reason.size(),
             limits::finish_reason_bytes);
  if (!values::is_text(response.finish_reason)) {
    throw_invalid_argument(operation, "finish_reason", "must be UTF-8 without a NUL character");
  }
  const Usage& usage = response.usage;
  if (usage.prompt_tokens < 0 || usage.completion_tokens < 0 || usage.latency.count() < 0) {
    throw_invalid_argument(operation, "usage", "has a negative number; use zero or more");
  }
  if (response.content_id && response.content_id->is_nil()) {
    throw_invalid_argument(operation, "content_id", "is nil; leave it out");
  }
}

}  // namespace polystore::values
