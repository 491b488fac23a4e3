#include "polystore/cache_key.hpp"

#include "values/scope_name.hpp"

#include <utility>

namespace polystore {
namespace {

std::string tenant_scope_name(const Tenant& tenant) {
  return tenant.is_shared() ? "s" : "n" + tenant.name();
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

Scope Scope::model(std::string name) { return {Kind::model, std::move(name)}; }

Scope Scope::user(std::int64_t user_id) { return {Kind::user, std::to_string(user_id)}; }

Scope Scope::tag(const Tenant& tenant, std::string name) {
  const std::string tenant_name = tenant_scope_name(tenant);
  return {Kind::tag, std::to_string(tenant_name.size()) + ":" + tenant_name + name};
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

}  // namespace values
}  // namespace polystore
