#pragma once

#include "ports/response_stores.hpp"

#include <chrono>
#include <string_view>

/// The only header of this folder that others include.
namespace polystore::adapters::redis {

/// Plain responses as plain Redis strings, and stored ones under keys of the store's own, over the
/// same connections. Nothing connects before the first call. `near_lease`: as in CacheOptions.
/// Errors: those of redis::ConnectOptions::from_url, with field "responses".
ports::ResponseStores open_responses(std::string_view url, std::chrono::milliseconds near_lease);

}  // namespace polystore::adapters::redis
