#pragma once

#include "polystore/content.hpp"

#include "ports/row_update.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace polystore::write {

/// Everything that one update writes in place of one version.
struct PlannedUpdate {
  ports::RowUpdate row{};
  std::vector<std::byte> read_copy{};
  bool embedded = false;
};

/// Plans the update that makes a stored content what `content` says, but for its version, which is
/// still the stored one. Errors: invalid_argument when the read copy would be too large.
[[nodiscard]] PlannedUpdate plan_update(Content content, std::string_view operation);

}  // namespace polystore::write
