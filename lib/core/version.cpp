#include "polystore/version.hpp"

namespace polystore {

Version linked_version() noexcept { return header_version; }

}  // namespace polystore
