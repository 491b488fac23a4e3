#pragma once

#include "vector_libraries.hpp"

#include <memory>
#include <string>

namespace bench {

// Indices on servers, each searched over one connection.

/// pgvector's HNSW with m 16 and ef_construction 200, searched by a prepared statement whose
/// parameter and result are binary. `url`: of a database that has the type vector.
std::unique_ptr<VectorLibrary> make_pgvector(const std::string& url);

/// How Redis 8 keeps the numbers of a vector set.
enum class RedisNumbers { int8, float32 };

/// A vector set of Redis 8 with M 16 and EF 200. `url`: redis://host:port of a server that may be
/// emptied.
std::unique_ptr<VectorLibrary> make_redis_set(const std::string& url, RedisNumbers numbers);

}  // namespace bench
