#pragma once

#include "polystore/content.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore::ports {

/// Which rows are meant; a filter left out lets everything pass. Only the model of a row can
/// change.
struct RowFilter {
  std::optional<std::int64_t> user_id{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::optional<Timestamp> until{};  ///< Of generated_at, exclusive.
};

/// What one batch of an erase by filter takes away.
struct ErasedRows {
  std::vector<ContentId> ids{};  ///< Their tombstones stay.
  bool more = false;             ///< Others may pass.
};

}  // namespace polystore::ports
