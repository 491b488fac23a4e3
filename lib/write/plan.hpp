#pragma once

#include "polystore/content.hpp"

#include "ports/metadata_port.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace polystore::write {

/// Everything that one put writes, made before any server is touched.
struct PlannedPut {
  ports::NewRow row{};
  std::vector<std::byte> read_copy{};
  bool embedded = false;  ///< It has an embedding.
};

/// Plans a checked draft (tags sorted and unique, no embedder); `now` stands in for a missing
/// generated_at. Pure but for a generated id. Errors: invalid_argument with field "output" when it
/// is too large.
PlannedPut plan_put(const Draft& draft, Timestamp now,
                    const std::optional<Body>& body = std::nullopt);

}  // namespace polystore::write
