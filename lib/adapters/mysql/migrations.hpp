#pragma once

#include "polystore/deadline.hpp"
#include "polystore/mysql/connection.hpp"

#include <cstdint>

namespace polystore::adapters::mysql {

/// Brings the schema to this library's version, statement by statement, for the server knows no
/// transaction of several, under a lock that all processes share. A schema that is up to date is
/// only read, so that a user without the right to create tables may open it. Blocks until the
/// deadline at most. A retry is safe: it does what is not there yet.
/// Errors: schema_mismatch for a newer schema, or tables of the same names that are not ours;
/// access_denied, unavailable, …
void migrate(polystore::mysql::Connection& connection, Deadline deadline);

/// The version of the schema that is there; 0 when there is none. Blocks until the deadline at
/// most. Errors: access_denied, unavailable, …
[[nodiscard]] std::int64_t schema_version(polystore::mysql::Connection& connection,
                                          Deadline deadline);

/// The version that migrate brings it to.
[[nodiscard]] std::int64_t latest_version();

}  // namespace polystore::adapters::mysql
