#pragma once

#include "polystore/content_id.hpp"

#include <vector>

namespace polystore::ports {

/// What one batch of a user's erase takes away.
struct ErasedOfUser {
  bool user_found = false;
  bool user_removed = false;     ///< With this batch nothing is left, and the user goes, too.
  std::vector<ContentId> ids{};  ///< Of the rows that go; their tombstones stay.
};

}  // namespace polystore::ports
