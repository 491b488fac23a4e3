#pragma once

#include "polystore/query.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace polystore {

/// One line of an export.
struct ExportedLine {
  /// A JSON object and the new line after it: written one after the other, lines are a JSONL file.
  /// Valid during the call.
  std::string_view text{};
  /// Goes on after this line, in any process; keep it with what was written.
  Cursor next{};
};

/// Takes the lines of an export, one after the other, in the thread of the call. What it throws
/// ends the export, and comes out of it.
using ExportSink = std::function<void(const ExportedLine&)>;

/// What export_user has done by the time it returns.
struct ExportReport {
  bool user_found = false;     ///< The user is known. Else there is nothing to export.
  std::uint64_t contents = 0;  ///< Exported by this call.
  std::uint64_t damaged = 0;   ///< Of these, those whose output is lost (verify tells more).
  bool complete = false;       ///< All is exported.
  /// Not complete: where to go on.
  std::optional<Cursor> next{};
};

}  // namespace polystore
