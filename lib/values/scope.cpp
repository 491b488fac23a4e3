#include "polystore/cache_key.hpp"

#include "values/nfc.hpp"
#include "values/scope_name.hpp"
#include "values/text.hpp"

#include <charconv>
#include <utility>

namespace polystore {
namespace {

// What is no text stays as it is, to be refused where the scope is used.
std::string canonical_or_same(std::string name) {
  if (values::is_plain_ascii(name) || !values::is_text(name)) return name;
  std::string scratch;
  return std::string(values::to_nfc(name, scratch));
}

std::string tenant_scope_name(const Tenant& tenant) {
  if (tenant.is_shared()) return std::string(values::shared_tenant_scope);
  return std::string(values::named_tenant_scope) + canonical_or_same(tenant.name());
}

}  // namespace

Tenant Tenant::named(std::string name) {
  Tenant tenant;
  tenant.name_ = std::move(name);
  return tenant;
}

const std::string& Tenant::name() const noexcept {
  static const std::string nobody;
  return name_ ? *name_ : nobody;
}

Scope::Scope(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

Scope Scope::all() { return {Kind::all, {}}; }

Scope Scope::tenant(const Tenant& tenant) { return {Kind::tenant, tenant_scope_name(tenant)}; }

Scope Scope::model(std::string name) { return {Kind::model, canonical_or_same(std::move(name))}; }

Scope Scope::user(std::int64_t user_id) { return {Kind::user, std::to_string(user_id)}; }

Scope Scope::tag(const Tenant& tenant, std::string name) {
  return {Kind::tag,
          values::tag_scope_name(tenant_scope_name(tenant), canonical_or_same(std::move(name)))};
}

std::uint64_t Scope::hash() const noexcept { return values::scope_hash(kind_, name_); }

namespace values {

std::uint64_t scope_hash(Scope::Kind kind, std::string_view name) noexcept {
  constexpr std::uint64_t offset_basis = 0xCBF29CE484222325;
  constexpr std::uint64_t prime = 0x00000100000001B3;
  std::uint64_t hash = (offset_basis ^ static_cast<std::uint64_t>(kind)) * prime;
  for (const char byte : name) hash = (hash ^ static_cast<unsigned char>(byte)) * prime;
  return hash;
}

std::string tag_scope_name(std::string_view tenant_scope, std::string_view tag) {
  std::string name = std::to_string(tenant_scope.size());
  return name.append(":").append(tenant_scope).append(tag);
}

std::optional<TagScopeName> split_tag_scope_name(std::string_view name) noexcept {
  const char* const end = name.data() + name.size();
  std::size_t size = 0;
  const auto read = std::from_chars(name.data(), end, size);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != ':') return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(read.ptr - name.data()) + 1);
  if (size > name.size()) return std::nullopt;
  return TagScopeName{name.substr(0, size), name.substr(size)};
}

}  // namespace values
}  // namespace polystore
