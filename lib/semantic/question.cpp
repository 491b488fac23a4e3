#include "semantic/question.hpp"

#include "polystore/cache_key.hpp"
#include "polystore/limits.hpp"

#include "semantic/entry.hpp"

#include <utility>

namespace polystore::semantic {
namespace {

constexpr const char* system_role = "system";

// Stands for any text, where only the rest of the request matters.
constexpr const char* any_text = "?";

// The one text: of the prompt, or of the last message where all before it are the system's.
const std::string* text_of(const Request& request) {
  if (request.messages.empty()) return &request.prompt;
  if (!request.prompt.empty()) return nullptr;
  for (const Message& message : request.messages) {
    const bool last = &message == &request.messages.back();
    if ((message.role == system_role) == last) return nullptr;
  }
  const Message& asked = request.messages.back();
  return asked.extra.empty() ? &asked.content : nullptr;
}

bool depends_on_more(const Request& request, double max_temperature) {
  const auto& temperature = request.sampling.temperature;
  return !temperature || *temperature > max_temperature || !request.tools.empty() ||
         !request.tool_choice.empty();
}

}  // namespace

std::optional<Question> question_of(const Request& request, double max_temperature) {
  if (depends_on_more(request, max_temperature)) return std::nullopt;
  const std::string* text = text_of(request);
  if (text == nullptr || text->empty() || text->size() > longest_text_bytes) return std::nullopt;
  return Question{.text = *text,
                  .partition = CacheKey::of(with_text(request, any_text)).to_string()};
}

Request with_text(Request request, std::string text) {
  if (request.messages.empty()) {
    request.prompt = std::move(text);
  } else {
    request.messages.back().content = std::move(text);
  }
  return request;
}

}  // namespace polystore::semantic
