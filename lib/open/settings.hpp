#pragma once

#include "polystore/options.hpp"

#include <string>

namespace polystore::open {

/// The options with every URL filled in: as given, else from the environment, else the embedded
/// default. All ranges are checked.
struct Settings {
  OpenOptions options{};
  bool colocated = false;  ///< One database keeps metadata and outputs.
};

/// Errors: invalid_argument; the field names the option.
Settings resolve_settings(const OpenOptions& options);

}  // namespace polystore::open
