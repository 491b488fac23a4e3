#pragma once

#include <span>
#include <string_view>

namespace polystore::adapters::postgres {

/// The statements of one migration: what brings the schema from the version before to this one.
using Migration = std::span<const std::string_view>;

/// Tables that are brought up to date together.
struct Schema {
  std::string_view versions;              ///< The table that records the versions.
  std::span<const Migration> migrations;  ///< The n-th makes version n + 1. None ever changes.
};

/// The metadata's tables.
const Schema& metadata_schema();

/// The outputs' tables, which may be in the same database.
const Schema& outputs_schema();

}  // namespace polystore::adapters::postgres
