#pragma once

#include "polystore/polystore.hpp"

#include <chrono>
#include <string>

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

}  // namespace polystore::test
