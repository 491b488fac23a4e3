#pragma once

#include "polystore/deadline.hpp"
#include "polystore/postgres/connection.hpp"

#include "adapters/postgres/schema.hpp"

#include <cstdint>

namespace polystore::adapters::postgres {

/// Brings a schema to this library's version, one transaction per step, under a lock that all
/// processes share. A schema that is up to date is only read, so that a user without the right to
/// create tables may open it. Blocks until the deadline at most. A retry is safe: it goes on after
/// the last step that was committed.
/// Errors: schema_mismatch for a newer schema or tables of the same names that are not ours;
/// unsupported when the database does not store UTF-8; access_denied, unavailable, …
void migrate(polystore::postgres::Connection& connection, const Schema& schema, Deadline deadline);

/// The version of a schema that is there; 0 when there is none. Blocks until the deadline at
/// most. Errors: access_denied, unavailable, …
[[nodiscard]] std::int64_t schema_version(polystore::postgres::Connection& connection,
                                          const Schema& schema, Deadline deadline);

/// The version that migrate brings it to.
[[nodiscard]] std::int64_t latest_version(const Schema& schema);

}  // namespace polystore::adapters::postgres
