#pragma once

#include "polystore/polystore.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

/// The contents of the crash test. Each follows from its id alone, so that whoever reads one knows
/// what it must be.
namespace polystore::test {

inline constexpr std::int64_t crash_users = 3;  ///< 1 to this are known.

inline Draft crash_draft(const ContentId& id) {
  std::uint64_t seed = 0;
  std::memcpy(&seed, id.bytes().data() + 8, sizeof seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  const std::size_t text_bytes = below(20) == 0 ? 20'000 : 10 + below(2'000);
  Draft draft{
      .title = "content " + id.to_string(),
      .model = "model " + std::to_string(below(4)),
      .user_id = 1 + static_cast<std::int64_t>(below(crash_users)),
      .output = Document::from_json(R"({"id":")" + id.to_string() + R"(","text":")" +
                                    std::string(text_bytes, 'x') + R"("})"),
      .usage = {.prompt_tokens = static_cast<std::int64_t>(below(1'000)),
                .completion_tokens = 1,
                .latency = std::chrono::microseconds(below(1'000'000))},
      .generated_at = Timestamp(std::chrono::milliseconds(1'700'000'000'000 + below(1'000))),
      .id = id};
  for (std::uint64_t tags = below(3); tags > 0; --tags) {
    draft.tags.push_back("tag " + std::to_string(tags));
  }
  return draft;
}

inline bool is_as_drafted(const Metadata& metadata) {
  Draft draft = crash_draft(metadata.id);
  std::ranges::sort(draft.tags);
  return metadata == Metadata{.id = metadata.id,
                              .version = 1,
                              .title = draft.title,
                              .model = draft.model,
                              .user_id = draft.user_id,
                              .generated_at = *draft.generated_at,
                              .tags = draft.tags,
                              .usage = draft.usage};
}

inline bool is_as_drafted(const ContentId& id, const Content& content) {
  return content.metadata.id == id && is_as_drafted(content.metadata) &&
         content.output == crash_draft(id).output;
}

}  // namespace polystore::test
