#pragma once

#include "ports/response_stores.hpp"
#include "ports/vector_port.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

/// The only header of this folder that others include.
namespace polystore::adapters::redis {

/// Plain responses as plain Redis strings, and stored ones under keys of the store's own, over the
/// same connections. Nothing connects before the first call. `near_lease`: as in CacheOptions.
/// Errors: those of redis::ConnectOptions::from_url, with field "responses".
ports::ResponseStores open_responses(std::string_view url, std::chrono::milliseconds near_lease);

/// Vectors in plain Redis, whose log keeps at least `least_log` changes. Nothing connects before
/// the first call. Errors: those of redis::ConnectOptions::from_url, with field "vectors".
std::unique_ptr<ports::VectorPort> open_vectors(std::string_view url,
                                                std::size_t least_log = 100'000);

}  // namespace polystore::adapters::redis
