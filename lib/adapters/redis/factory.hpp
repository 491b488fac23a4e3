#pragma once

#include "ports/cache_port.hpp"
#include "ports/vector_port.hpp"

#include <memory>
#include <string_view>

/// The only header of this folder that others include.
namespace polystore::adapters::redis {

/// Responses as plain Redis strings. Nothing connects before the first call.
/// Errors: those of redis::ConnectOptions::from_url, with field "responses".
std::unique_ptr<ports::CachePort> open_responses(std::string_view url);

/// Vectors in plain Redis. Nothing connects before the first call.
/// Errors: those of redis::ConnectOptions::from_url, with field "vectors".
std::unique_ptr<ports::VectorPort> open_vectors(std::string_view url);

}  // namespace polystore::adapters::redis
