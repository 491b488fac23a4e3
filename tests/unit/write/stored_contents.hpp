#pragma once

#include "support/sqlite_parts.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace polystore::test {

/// A TwoFileStore with some contents of one model.
struct StoredContents : TwoFileStore {
  StoredContents(std::size_t count, const std::string& model) {
    const std::vector<Draft> drafts(count, {.title = "title", .model = model, .user_id = 1});
    for (const auto& result : store.put_many(drafts)) ids.push_back(*result.value);
    metadata->commits = 0;
  }

  /// What the output store has of them, in order.
  [[nodiscard]] std::vector<std::optional<ports::StoredOutput>> stored() const {
    return outputs->read(ids, Deadline::after(std::chrono::seconds(5)));
  }
  [[nodiscard]] std::ptrdiff_t outputs_left() const {
    return std::ranges::count_if(stored(), [](const auto& output) { return output.has_value(); });
  }

  std::vector<ContentId> ids;
};

}  // namespace polystore::test
