#pragma once

#include "polystore/content.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace polystore::ports {

/// Tells the versions that one update made from all others. Drawn anew for each.
using UpdateToken = ContentId::Bytes;

/// A change of one row, validated as a NewRow.
struct RowUpdate {
  /// The row as it shall be. Its version is one more than that of the row it replaces; user_id and
  /// generated_at never change.
  Metadata metadata{};
  std::vector<std::string> title_words{};
  UpdateToken token{};
};

enum class UpdateStatus : std::uint8_t {
  updated,     ///< Will be there after commit.
  repeated,    ///< This very update is there already, committed.
  superseded,  ///< The row has another version than the one to replace.
  absent,      ///< There is no such row: it never was, or it was erased.
};

struct UpdateResult {
  UpdateStatus status = UpdateStatus::absent;
  std::int64_t version = 0;  ///< The row's; after `updated` the new one.
};

}  // namespace polystore::ports
