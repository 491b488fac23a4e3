#pragma once

#include "polystore/cache_key.hpp"

#include <cstdint>
#include <string_view>

/// How scopes are named and hashed; docs/cache-key.md has the bytes.
namespace polystore::values {

/// FNV-1a (Fowler, Noll, Vo; RFC 9923) of 64 bits over the kind's byte and the name. Pure.
std::uint64_t scope_hash(Scope::Kind kind, std::string_view name) noexcept;

}  // namespace polystore::values
