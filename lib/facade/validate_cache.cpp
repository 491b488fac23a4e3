#include "facade/validate_cache.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "facade/validate.hpp"
#include "values/scope_name.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

namespace polystore::facade {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view field_of_scope = "scope";

void check_span(std::string_view operation, std::string_view field, milliseconds span,
                milliseconds least) {
  if (span < least || span > limits::longest_ttl) {
    throw_invalid_argument(operation, field,
                           "must be " + std::to_string(least.count()) + " milliseconds to " +
                               std::to_string(limits::longest_ttl.count()) + " hours");
  }
}

// False for what is not a number, too.
bool is_within(double value, double most) noexcept { return value >= 0 && value <= most; }

void check_tenant_scope(std::string_view operation, std::string_view name) {
  if (name == values::shared_tenant_scope) return;
  name.remove_prefix(name.starts_with(values::named_tenant_scope) ? 1 : name.size());
  check_text(operation, field_of_scope, name, limits::tenant_characters);
}

void check_user_scope(std::string_view operation, std::string_view name) {
  std::int64_t user_id = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), user_id);
  if (read.ec != std::errc() || user_id <= 0 || std::to_string(user_id) != name) {
    throw_invalid_argument(operation, field_of_scope, "must be of a user of 1 or more");
  }
}

void check_tag_scope(std::string_view operation, std::string_view name) {
  const auto parts = values::split_tag_scope_name(name);
  if (!parts || values::tag_scope_name(parts->tenant_scope, parts->tag) != name) {
    throw_invalid_argument(operation, field_of_scope, "must be made by Scope::tag");
  }
  check_tenant_scope(operation, parts->tenant_scope);
  check_text(operation, field_of_scope, parts->tag, limits::tag_characters);
}

}  // namespace

void check_policy(std::string_view operation, const CachePolicy& policy) {
  check_span(operation, "ttl", policy.ttl, limits::shortest_ttl);
  check_span(operation, "stale_for", policy.stale_for, milliseconds(0));
  check_span(operation, "negative_ttl", policy.negative_ttl, milliseconds(0));
  if (!is_within(policy.ttl_jitter, 0.5)) {
    throw_invalid_argument(operation, "ttl_jitter", "must be 0 to 0.5");
  }
  if (!is_within(policy.early_refresh, 100)) {
    throw_invalid_argument(operation, "early_refresh", "must be 0 to 100");
  }
}

void check_age(std::string_view operation, milliseconds age) {
  check_span(operation, "age", age, limits::shortest_ttl);
}

void check_scope(std::string_view operation, const Scope& scope) {
  switch (scope.kind()) {
    case Scope::Kind::all:
      return;
    case Scope::Kind::tenant:
      return check_tenant_scope(operation, scope.name());
    case Scope::Kind::model:
      return check_text(operation, field_of_scope, scope.name(), limits::model_characters);
    case Scope::Kind::user:
      return check_user_scope(operation, scope.name());
    case Scope::Kind::tag:
      return check_tag_scope(operation, scope.name());
  }
}

}  // namespace polystore::facade
