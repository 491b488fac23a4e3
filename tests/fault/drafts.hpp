#pragma once

#include "polystore/polystore.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace polystore::test {

inline Deadline in(std::chrono::milliseconds span) { return Deadline::after(span); }

/// A draft with an id, so that it can be put again, that its output tells.
inline Draft draft_of(const std::string& title) {
  const auto id = ContentId::generate();
  return {.title = title,
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"of":")" + id.to_string() + R"("})"),
          .tags = {"tag"},
          .generated_at = Timestamp(std::chrono::milliseconds(1'700'000'000'000)),
          .id = id};
}

/// Sixty drafts that share their models and tags in many ways.
inline std::vector<Draft> mixed_drafts() {
  std::vector<Draft> drafts;
  for (int i = 0; i < 60; ++i) {
    Draft draft = draft_of("mixed");
    draft.model = "model " + std::to_string(i % 7);
    draft.tags = {"tag " + std::to_string(i % 11), "tag " + std::to_string(i % 13)};
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

/// Drafts with 41 words and 20 tags each.
inline std::vector<Draft> drafts_of_many_values(int count) {
  std::vector<Draft> drafts;
  for (int i = 0; i < count; ++i) {
    Draft draft = draft_of("many");
    for (int word = 0; word < 40; ++word) draft.title += " w" + std::to_string(word);
    draft.tags.clear();
    for (int tag = 0; tag < 20; ++tag) draft.tags.push_back("tag " + std::to_string(tag));
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace polystore::test
