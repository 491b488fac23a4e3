#pragma once

#include "polystore/cache_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How scopes are named and hashed; docs/cache-key.md has the bytes.
namespace polystore::values {

/// The name of the scope of the shared tenant, and what the names of all others begin with.
inline constexpr std::string_view shared_tenant_scope = "s";
inline constexpr std::string_view named_tenant_scope = "n";

/// FNV-1a (Fowler, Noll, Vo; RFC 9923) of 64 bits over the kind's byte and the name. Pure.
std::uint64_t scope_hash(Scope::Kind kind, std::string_view name) noexcept;

/// The name of a tag's scope; `tenant_scope` is the name of its tenant's scope. Pure.
std::string tag_scope_name(std::string_view tenant_scope, std::string_view tag);

struct TagScopeName {
  std::string_view tenant_scope{};
  std::string_view tag{};
};

/// Takes the name of a tag's scope apart; nothing if it is not one. The views are of `name`. Pure.
std::optional<TagScopeName> split_tag_scope_name(std::string_view name) noexcept;

}  // namespace polystore::values
