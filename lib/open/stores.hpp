#pragma once

#include "facade/impl.hpp"
#include "open/settings.hpp"

namespace polystore::open {

/// The stores that the settings name. Nothing is connected, opened or migrated yet.
/// Errors: invalid_argument and unsupported, for a URL; the field names the option.
StoreParts make_stores(const Settings& settings);

}  // namespace polystore::open
