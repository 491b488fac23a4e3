#pragma once

#include <span>
#include <string_view>

namespace polystore::adapters::postgres {

/// The statements of one migration: what brings the schema from the version before to this one.
using Migration = std::span<const std::string_view>;

/// All migrations; the n-th makes version n + 1. One that was released is never changed.
std::span<const Migration> migrations();

}  // namespace polystore::adapters::postgres
