#pragma once

#include <span>
#include <string_view>

namespace polystore::adapters::mysql {

/// The statements of one migration: what brings the schema from the version before to this one.
/// InnoDB commits each by itself, so each may be repeated.
using Migration = std::span<const std::string_view>;

/// All migrations; the n-th makes version n + 1. One that was released is never changed.
std::span<const Migration> migrations();

/// The tables of them all, so that those of somebody else can be told.
std::span<const std::string_view> table_names();

}  // namespace polystore::adapters::mysql
