#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include <functional>
#include <optional>

namespace polystore::ports {

/// Reads a content as ContentStore::get does; nothing where there is none.
using ReadContent = std::function<std::optional<Content>(const ContentId&, Deadline)>;

}  // namespace polystore::ports
