#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/response_cache.hpp"

#include <chrono>
#include <string_view>

/// The argument checks of ResponseCache. As those of validate.hpp: pure, and invalid_argument names
/// the field, the limit and what to do, but none of the argument's text.
namespace polystore::facade {

/// Fields "ttl", "ttl_jitter", "stale_for", "early_refresh", "negative_ttl".
void check_policy(std::string_view operation, const CachePolicy& policy);

/// Field "age".
void check_age(std::string_view operation, std::chrono::milliseconds age);

/// Field "scope".
void check_scope(std::string_view operation, const Scope& scope);

}  // namespace polystore::facade
